// Moves through the steps.

'use strict';

const byId = (id) => document.getElementById(id);

const items = [];
const difference = firstDifference();
let current = -1;

function mark(step, index) {
  const failure = story.failure;
  if (failure !== null && index === Math.min(failure.step, story.steps.length - 1)) return make('span', {class: 'badge differs'}, `${signOf(index)} fails`);
  if (step.differs) return make('span', {class: 'badge differs'}, '\u2260 differs');
  if (step.lost) return make('span', {class: 'badge'}, 'not run');
  return step.refused ? make('span', {class: 'badge', title: `${step.refused}: ${step.why}`}, 'refused') : null;
}

// Operations in a transaction stand farther in.
function fillTimeline() {
  let depth = 0;
  story.steps.forEach((step, index) => {
    const indent = Math.min(depth, step.depth);
    depth = step.depth;
    const button = make('button', {type: 'button', 'data-step': index, title: step.says, class: step.refused ? 'void' : step.lost ? 'lost' : '', style: `--depth:${Math.min(indent, 6)}`},
      make('span', {class: 'number'}, String(index + 1)), make('code', {}, operationWords(step)), mark(step, index));
    items.push(button);
  });
  byId('timeline').append(...items.map((item) => make('li', {}, item)));
}

function showVerdict() {
  const failure = story.failure;
  const place = byId('verdict');
  const count = story.steps.length === 1 ? 'The one operation' : `${story.steps.length} operations`;
  if (failure === null) {
    const agrees = difference < 0;
    place.append(make('p', {class: agrees ? 'agrees' : 'fails'}, agrees ? 'Engine and reference agree.' : 'Engine and reference differ.'),
      make('p', {class: 'detail'}, `${count}, step by step.`));
    return;
  }
  const where = failure.step < story.steps.length ? `It shows at operation ${failure.step + 1} of ${story.steps.length}.` : 'It shows after the last operation.';
  place.append(make('p', {class: 'fails'}, make('span', {'aria-hidden': 'true'}, `${signOf(difference)} `), failure.rule),
    make('p', {class: 'detail'}, where, ' ', make('code', {}, failure.signature)));
}

function go(index) {
  const to = Math.max(0, Math.min(story.steps.length - 1, index));
  if (to === current || story.steps.length === 0) return;
  if (current >= 0) items[current].removeAttribute('aria-current');
  current = to;
  items[to].setAttribute('aria-current', 'step');
  keepInSight(items[to]);
  // Rows on the way may turn out higher than they were thought to be.
  requestAnimationFrame(() => requestAnimationFrame(() => keepInSight(items[current])));
  byId('slider').value = to + 1;
  byId('place').textContent = `${to + 1} of ${story.steps.length}`;
  byId('previous').disabled = to === 0;
  byId('next').disabled = to === story.steps.length - 1;
  hideTip();
  showStep(to, byId('step'));
  history.replaceState(null, '', `#step-${to + 1}`);
}

// scrollIntoView would scroll the page as well. The row and not the button: rows out of sight have a
// place, what is in them has none.
function keepInSight(item) {
  const box = byId('timeline');
  const row = item.parentElement.getBoundingClientRect();
  const frame = box.getBoundingClientRect();
  const margin = Math.min(40, frame.height / 4);
  if (row.top < frame.top + margin) box.scrollTop -= frame.top + margin - row.top;
  else if (row.bottom > frame.bottom - margin) box.scrollTop += row.bottom - frame.bottom + margin;
}

function stepOfHash() {
  const found = /^#step-(\d+)$/.exec(location.hash);
  return found ? Number(found[1]) - 1 : -1;
}

const kKeys = {
  ArrowLeft: () => go(current - 1),
  ArrowRight: () => go(current + 1),
  ArrowUp: () => go(current - 1),
  ArrowDown: () => go(current + 1),
  k: () => go(current - 1),
  j: () => go(current + 1),
  Home: () => go(0),
  End: () => go(story.steps.length - 1),
  f: () => { if (difference >= 0) go(difference); },
};

function onKey(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || !(event.key in kKeys)) return;
  event.preventDefault();
  kKeys[event.key]();
}

// The tip follows the mouse, or stands below what has the focus.

function showTip(target, x, y) {
  const tip = byId('tip');
  tip.textContent = target.dataset.tip;
  tip.hidden = false;
  const left = Math.min(x + 14, document.documentElement.clientWidth - tip.offsetWidth - 8);
  const below = y + 18 + tip.offsetHeight < document.documentElement.clientHeight;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${below ? y + 18 : y - tip.offsetHeight - 10}px`;
}

function hideTip() {
  byId('tip').hidden = true;
}

function listenForTips() {
  document.addEventListener('mousemove', (event) => {
    const target = event.target.closest('[data-tip]');
    if (target) showTip(target, event.clientX, event.clientY);
    else hideTip();
  });
  document.addEventListener('focusin', (event) => {
    if (!event.target.matches('svg [data-tip]')) return;
    const box = event.target.getBoundingClientRect();
    showTip(event.target, box.left, box.bottom - 12);
  });
  document.addEventListener('focusout', hideTip);
}

function listen() {
  byId('previous').addEventListener('click', () => go(current - 1));
  byId('next').addEventListener('click', () => go(current + 1));
  byId('first-difference').addEventListener('click', () => go(difference));
  byId('slider').addEventListener('input', (event) => go(Number(event.target.value) - 1));
  byId('timeline').addEventListener('click', (event) => {
    const item = event.target.closest('[data-step]');
    if (item) go(Number(item.dataset.step));
  });
  document.addEventListener('keydown', onKey);
  window.addEventListener('hashchange', () => go(stepOfHash()));
  listenForTips();
  let width = byId('step').clientWidth;
  new ResizeObserver(() => {
    if (byId('step').clientWidth === width) return;
    width = byId('step').clientWidth;
    if (current >= 0) showStep(current, byId('step'));
  }).observe(byId('step'));
}

function start() {
  document.body.append(make('div', {class: 'patterns', 'aria-hidden': 'true'}, svg('svg', {width: 0, height: 0}, patternOf('hatch'))));
  showVerdict();
  fillTimeline();
  byId('slider').max = Math.max(1, story.steps.length);
  byId('free-legend').hidden = !story.tried;
  byId('first-difference').hidden = byId('difference-key').hidden = difference < 0;
  if (difference >= 0 && !isDifference(difference)) byId('first-difference').textContent = 'To the failure';
  listen();
  if (story.steps.length === 0) byId('step').append(note('The program is empty.'));
  const asked = stepOfHash();
  go(asked >= 0 ? asked : difference >= 0 ? difference : story.steps.length - 1);
}

start();
