// What one step shows: differences, address spaces, the tree of regions, callbacks and answers.

'use strict';

const kTreeRowsMax = 400;
const kLayersInSight = 24;
const kDifferentHere = 'Engine and reference differ here';

function operationWords(step) {
  const free = new Set(step.free || []);
  return step.words.flatMap((word, i) => [
    i > 0 ? ' ' : null,
    free.has(i) ? make('span', {class: 'free', title: 'any value here fails in the same way'}, word) : word,
  ]);
}

function section(title, ...children) {
  return make('section', {}, make('h3', {}, title), ...children);
}

const note = (text, kind = '') => make('p', {class: `note ${kind}`}, text);

function stepHeading(step, index) {
  const state = [];
  if (step.refused) state.push(note(`Refused (${step.refused}): ${step.why}. Nothing changes.`, 'refusal'));
  if (step.lost) state.push(note(lostInWords(index), 'refusal'));
  if (step.depth > 0) {
    state.push(note(step.depth === 1 ? 'A transaction is open: nobody sees changes yet.'
      : `${step.depth} transactions are open, one in the other: nobody sees changes yet.`));
  }
  if (step.logging) state.push(note('Migration\u2019s dirty log is on.'));
  return make('div', {class: 'headline'},
    make('h2', {}, make('code', {}, operationWords(step))),
    make('p', {class: 'says'}, step.says, make('span', {class: 'line'}, ` Line ${step.line}`)), state);
}

function lostInWords(index) {
  const failure = story.failure;
  if (failure === null || index !== failure.step) return 'This operation was not run: the run ended before. What is shown is what was there last.';
  return failure.oracle === 'hang' ? 'This operation does not come to an end. What is shown is what was there before.'
    : 'This operation ends the process. What is shown is what was there before.';
}

// Or else something broke that is not a matter of two sides.
const isDifference = (index) => Boolean(story.steps[index]?.differs || probeAfter(index));
const signOf = (index) => (isDifference(index) ? '\u2260' : '!');

function differenceCard(step, index) {
  const failure = story.failure;
  const last = story.steps.length - 1;
  const fails = failure !== null && index === Math.min(failure.step, last);
  if (!fails && !step.differs) return null;
  const parts = [];
  if (fails) {
    if (failure.step > last) parts.push(make('p', {}, 'It shows after the last operation.'));
    if (!step.differs) parts.push(make('p', {}, failure.rule));
  }
  if (step.differs) parts.push(...sentences(step.differs));
  if (fails && failure.probe) parts.push(probeInWords(failure.probe));
  if (fails) parts.push(make('p', {class: 'message'}, failure.message));
  if (fails && failure.printed) {
    parts.push(make('details', {}, make('summary', {}, 'What the process printed'), make('pre', {class: 'message'}, failure.printed.join('\n'))));
  }
  const title = isDifference(index) ? kDifferentHere : 'Here it fails';
  return make('section', {class: 'difference-card'},
    make('h3', {}, make('span', {class: 'sign', 'aria-hidden': 'true'}, signOf(index)), ' ', title), parts);
}

const kSentencesShown = 3;

// Who does what should meet the eye.
const withSides = (sentence) => sentence.split(/\b(engine|reference)\b/).map((part, i) => (i % 2 === 1 ? make('b', {}, part) : part));

// The first ones, and the others on demand.
function sentences(all) {
  const list = (some) => make('ul', {}, some.map((sentence) => make('li', {}, withSides(sentence))));
  if (all.length <= kSentencesShown + 1) return [list(all)];
  const rest = all.slice(kSentencesShown);
  return [list(all.slice(0, kSentencesShown)), make('details', {}, make('summary', {}, `${rest.length} more`), list(rest))];
}

function probeInWords(probe) {
  const asked = make('p', {}, `A question after this step, which is not in the program. ${probe.says}`);
  if (probe.expect === undefined) return asked;
  return make('div', {}, asked, make('dl', {class: 'sides'},
    make('dt', {}, 'engine'), make('dd', {}, probe.actual),
    make('dt', {}, 'reference'), make('dd', {}, probe.expect)));
}

// Address spaces.

function spaceNotes(space, linear) {
  const notes = [];
  if (space.unpublished) notes.push('No view of this address space has been published yet.');
  else if (space.stale) notes.push('The layers show the tree as it is now; the view was published before and shows an older one.');
  const count = rowsOf(space.layers).length;
  if (count > kLayersInSight && !space.cut) notes.push(`${count} layers, in front to behind; they scroll.`);
  if (space.cut) notes.push('There are more layers behind these 400. They are not drawn.');
  if (space.top < 0) notes.push('The root is disabled or empty: the view has nothing in it.');
  else if (space.top !== space.root) notes.push(`The root ${regionName(space.root)} comes down to ${regionName(space.top)}, so the view begins there.`);
  notes.push(linear ? 'To scale, but for the empty places with a zigzag, which are cut short.'
    : 'Widths grow with the logarithm of the size: where the axis is dashed, a pixel stands for more bytes. Empty places with a zigzag are cut short.');
  return notes.map((text) => make('p', {class: 'caption'}, text));
}

function agreement(space) {
  const differ = space.parts.length > 0;
  if (differ) return make('span', {class: 'chip differs'}, '\u2260 engine and reference differ');
  return make('span', {class: 'chip'}, 'engine and reference agree');
}

function rangeTable(space) {
  const table = (ranges, caption) => make('table', {class: 'ranges'}, make('caption', {}, caption),
    make('tbody', {}, ranges.map(([slot, a, z, words]) => make('tr', {},
      make('td', {}, make('i', {class: `dot kind-${regionKind(slot)}`}), span(address(a), address(z))), make('td', {}, words)))));
  const expect = rowsOf(space.expect);
  const views = space.parts.length === 0 ? [[expect, 'both']] : [[rowsOf(space.actual), 'engine'], [expect, 'reference']];
  const count = expect.length === 1 ? '1 range' : `${expect.length} ranges`;
  const details = make('details', {}, make('summary', {}, `The flat view as a table (${count})`));
  // Long tables are made when somebody wants them.
  details.addEventListener('toggle', () => {
    if (details.open && !details.querySelector('table')) details.append(make('div', {class: 'sheets'}, views.map(([ranges, caption]) => table(ranges, caption))));
  });
  return details;
}

// What is said of the differences in a step need not be said again of the address space.
function spaceCard(spaces, index, width) {
  const [space] = spaces;
  const isTold = Boolean(story.steps[index]?.differs);
  const probe = probeAfter(index);
  const drawn = drawSpace(space, width, probe !== null && probe.space === space.s ? probe : null);
  return make('section', {class: 'space'},
    make('h3', {}, spaces.length === 1 ? 'Address space ' : 'Address spaces ', make('code', {}, spaces.map((one) => story.spaces[one.s]).join(', ')), ' ', agreement(space)),
    make('div', {class: 'scroll'}, drawn.layers), drawn.views,
    isTold || space.parts.length === 0 ? null : make('div', {class: 'parts'}, sentences(space.parts.map((part) => part[2]))),
    make('div', {class: 'captions'}, spaceNotes(space, drawn.linear)), rangeTable(space));
}

const kKinds = ['ram', 'resizeable', 'rom', 'romd', 'ramdevice', 'iommu', 'io', 'reservation', 'alias', 'container'];

function kindLegend(spaces) {
  const drawn = new Set(spaces.flatMap((space) => rowsOf(space.layers).map((layer) => layer.r)
    .concat([space.expect, space.actual].flatMap(rowsOf).map(([slot]) => slot)).map(regionKind)));
  if (drawn.size === 0) return null;
  return make('p', {class: 'legend'}, kKinds.filter((kind) => drawn.has(kind)).map((kind) => make('span', {}, make('i', {class: `swatch kind-${kind} ${isSpan(kind) ? 'thin' : ''}`}), kind)),
    make('span', {}, make('i', {class: 'swatch hatched'}), 'hidden'),
    make('span', {}, make('i', {class: 'swatch off'}), 'disabled'),
    make('span', {}, make('i', {class: 'swatch empty'}), 'a hole'));
}

const probeAfter = (index) => (story.failure !== null && story.failure.step === index && story.failure.probe) || null;

// Address spaces of one root that look the same are drawn once, if nothing is to be said of any.
function alike(spaces, index) {
  const groups = new Map();
  for (const space of spaces) {
    const isSpecial = space.parts.length > 0 || space.unpublished || probeAfter(index) !== null;
    const key = isSpecial ? `${space.s}` : [space.root, space.stale, rowNumbers(space.expect), rowNumbers(space.layers)].join('|');
    groups.set(key, [...(groups.get(key) || []), space]);
  }
  return [...groups.values()];
}

function spaceCards(index, width) {
  const spaces = rowsOf(story.steps[index].spaces);
  if (spaces.length === 0) return [note('There is no address space yet.')];
  return [...alike(spaces, index).map((some) => spaceCard(some, index, width)), kindLegend(spaces)];
}

// The tree.

function placeOf(row, depth) {
  if (depth === 0) return row.at === '0x0' ? '' : `at ${row.at}`;
  const first = address(row.at);
  const size = address(row.size);
  return size === 0n ? `${row.at}, empty` : span(first, first + size - 1n);
}

const isLongMark = (mark) => mark.length > 24;

function treeRow(row, depth, state, roots) {
  const kind = regionKind(row.r);
  const marks = [...(row.flags || [])];
  if (depth > 0 && row.prio !== 0) marks.unshift(`priority ${row.prio}`);
  if (row.off) marks.unshift('disabled');
  if (roots.has(row.r)) marks.unshift(`root of ${roots.get(row.r)}`);
  return make('li', {class: `${state}${row.off ? ' off' : ''}`, style: `--depth:${depth}`},
    make('span', {class: 'name'}, make('i', {class: `dot kind-${kind}`}), make('b', {}, regionName(row.r))),
    make('span', {class: 'kind'}, row.target === undefined ? kind : `alias of ${regionName(row.target)} from ${row.from}`),
    make('span', {class: 'at'}, placeOf(row, depth)),
    make('span', {class: 'size'}, row.words),
    make('span', {class: marks.length > 2 || marks.some(isLongMark) ? 'marks many' : 'marks'}, state === 'changed' ? make('em', {}, 'changed') : null, marks.map((mark) => make('em', {class: 'flag'}, mark))));
}

function rootsOf(step) {
  const roots = new Map();
  for (const space of rowsOf(step.spaces)) {
    const before = roots.get(space.root);
    roots.set(space.root, (before ? before + ', ' : '') + story.spaces[space.s]);
  }
  return roots;
}

function treeSection(step, before) {
  const numbers = rowNumbers(step.tree);
  const known = new Set(before ? rowNumbers(before.tree) : []);
  const roots = rootsOf(step);
  const items = [];
  let depth = 0;
  let count = 0;
  for (const number of numbers) {
    const row = story.rows[number];
    if (row === '(') ++depth;
    else if (row === ')') --depth;
    else {
      const state = known.has(number) ? '' : 'changed';
      if (++count <= kTreeRowsMax || state) items.push(treeRow(row, depth, state, roots));
    }
  }
  const more = count > items.length ? note(`${count - items.length} more regions are not listed; what changed is.`) : null;
  return section('Regions', items.length === 0 ? note('There are none yet.') : make('ul', {class: 'tree'}, items), goneNote(numbers, before), more);
}

function goneNote(numbers, before) {
  if (!before) return null;
  const slots = (list) => list.map((number) => story.rows[number].r).filter((slot) => slot !== undefined);
  const left = new Set(slots(numbers));
  const gone = slots(rowNumbers(before.tree)).filter((slot) => !left.has(slot));
  return gone.length === 0 ? null : note(`Destroyed in this step: ${gone.map(regionName).join(', ')}.`);
}

// Callbacks and answers: [listener, text] where both agree, [listener, engine, reference] where not.

const callSign = (name) => ({region_add: '+', region_del: '\u2212', region_nop: '='}[name] || '');

function callLine(text) {
  if (text === null) return make('span', {class: 'absent'}, 'no such call');
  const [name, ...rest] = text.split(' ');
  return make('span', {}, make('i', {class: 'call-sign'}, callSign(name)), make('b', {}, name), ' ', rest.join(' '));
}

function eventCard(title, rows, line) {
  const differs = rows.some((row) => row.length > 2);
  const cells = rows.map((row) => make('tr', {class: row.length > 2 ? 'differs' : ''},
    row.length > 2 ? [make('td', {}, make('span', {class: 'sign'}, '\u2260 '), line(row[1])), make('td', {}, line(row[2]))]
      : make('td', {colspan: differs ? 2 : 1}, line(row[1]))));
  const head = differs ? make('thead', {}, make('tr', {}, make('th', {scope: 'col'}, 'engine'), make('th', {scope: 'col'}, 'reference'))) : null;
  return make('div', {class: `listener${differs ? ' wide' : ''}`}, make('h4', {}, title), make('table', {}, head, make('tbody', {}, cells)));
}

function eventSections(step) {
  const byListener = new Map();
  for (const row of rowsOf(step.events)) {
    if (!byListener.has(row[0])) byListener.set(row[0], []);
    byListener.get(row[0]).push(row);
  }
  const answers = byListener.get(-1);
  byListener.delete(-1);
  const plain = (text) => (text === null ? make('span', {class: 'absent'}, 'nothing') : text);
  const cards = [...byListener].map(([listener, rows]) => eventCard(['Listener ', make('code', {}, story.listeners[listener])], rows, callLine));
  return [
    answers ? section('Answer', make('div', {class: 'listeners'}, eventCard('', answers, plain))) : null,
    section('Callbacks', cards.length === 0 ? note('No listener is called.') : make('div', {class: 'listeners'}, cards)),
  ];
}

function showStep(index, place) {
  const step = story.steps[index];
  const before = index > 0 ? story.steps[index - 1] : null;
  const width = Math.max(420, place.clientWidth - 34);
  place.replaceChildren(...[stepHeading(step, index), differenceCard(step, index),
    make('section', {class: 'spaces'}, spaceCards(index, width)), treeSection(step, before), ...eventSections(step)].filter(Boolean));
}
