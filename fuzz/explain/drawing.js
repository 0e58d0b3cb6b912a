// An address space as layers with its flat view below, on one axis.

'use strict';

const kBarHeight = 20;
const kSpanHeight = 11;  // Of containers and aliases, which nothing answers for.
const kRowGap = 4;
const kViewHeight = 30;
const kGridLinesMax = 80;

const svg = (tag, attributes, ...children) => make('svg:' + tag, attributes, ...children);

// A text cut to a width; all of it is in the tip.
function fitted(text, width, digit) {
  const most = Math.floor(width / digit);
  if (text.length <= most) return text;
  return most < 3 ? '' : text.slice(0, most - 1) + '\u2026';
}

function rectangle(axis, first, last, y, height, attributes) {
  const left = axis.x(first);
  const width = Math.max(1, axis.x(last + 1n) - left);
  return svg('rect', {x: left.toFixed(1), y, width: width.toFixed(1), height, ...attributes});
}

function layerTip(layer, first, last) {
  const kind = regionKind(layer.r);
  const via = layer.via.length ? `\nthrough ${layer.via.map(regionName).join(', ')}` : '';
  const offset = layer.from === '0x0' ? '' : `\nfrom its offset ${layer.from}`;
  const state = layer.off ? '\ndisabled' : isSpan(kind) ? '' : fateOf(layer);
  return `${regionName(layer.r)}, ${kind}\n${span(first, last)}\n${sizeInWords(last - first + 1n)}${offset}${via}${state}`;
}

function fateOf(layer) {
  if (layer.seen.length === 0) return '\nhidden by what is in front';
  const [[first, last]] = layer.seen;
  return layer.seen.length === 1 && first === layer.a && last === layer.z
    ? '\nall of it is seen' : '\npartly hidden';
}

// One region's bar: hatched, and solid where it is seen.
function layerBar(layer, axis, y) {
  const [first, last] = [address(layer.a), address(layer.z)];
  const kind = regionKind(layer.r);
  const tip = layerTip(layer, first, last);
  if (isSpan(kind)) {
    return [rectangle(axis, first, last, y + 2, kSpanHeight - 4,
      {class: `span ${kind}${layer.off ? ' off' : ''}`, 'data-tip': tip, rx: 2})];
  }
  const bars = [rectangle(axis, first, last, y, kBarHeight,
    {class: `behind kind-${kind}${layer.off ? ' off' : ''}`, 'data-tip': tip, rx: 2})];
  if (!layer.off) bars.push(rectangle(axis, first, last, y, kBarHeight, {class: 'hatch', rx: 2}));
  for (const [from, to] of layer.seen) {
    bars.push(rectangle(axis, address(from), address(to), y, kBarHeight,
      {class: `front kind-${kind}`, 'data-tip': tip, rx: 2}));
  }
  return bars;
}

function layerLabel(layer, y, gutter) {
  const kind = regionKind(layer.r);
  const height = isSpan(kind) ? kSpanHeight : kBarHeight;
  const name = regionName(layer.r);
  const via = layer.via.length ? ` \u2039 ${layer.via.map(regionName).reverse().join(' \u2039 ')}` : '';
  return svg('text', {
    x: gutter - 10, y: y + height / 2 + 4, 'text-anchor': 'end',
    class: `layer-name${isSpan(kind) ? ' faint' : ''}${layer.off ? ' struck' : ''}`,
    'data-tip': layerTip(layer, address(layer.a), address(layer.z)),
  }, fitted(name + via, gutter - 14, 6.6));
}

function grid(axis, height) {
  if (axis.stretches.length > kGridLinesMax) return [];
  return axis.stretches.slice(1).map((stretch) => {
    const x = axis.x(stretch.first).toFixed(1);
    return svg('line', {x1: x, x2: x, y1: 0, y2: height, class: 'grid'});
  });
}

const patternOf = (id) => svg('defs', {}, svg('pattern', {id, width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)'},
  svg('line', {x1: 0, y1: 0, x2: 0, y2: 6, class: 'hatch-line'})));

function drawLayers(layers, axis, gutter) {
  const parts = [];
  const labels = [];
  let y = 2;
  for (const layer of layers) {
    parts.push(...layerBar(layer, axis, y));
    labels.push(layerLabel(layer, y, gutter));
    y += (isSpan(regionKind(layer.r)) ? kSpanHeight : kBarHeight) + kRowGap;
  }
  return svg('svg', {width: gutter + axis.width, height: y, class: 'layers', role: 'img',
    'aria-label': 'Layers, in front to behind: ' + layers.map((l) => regionName(l.r)).join(', ')},
    svg('g', {transform: `translate(${gutter} 0)`}, grid(axis, y), parts), labels);
}

// One flat view: what answers, and holes.
function viewBar(ranges, parts, axis, y, label) {
  const bars = [rectangle(axis, 0n, kEnd - 1n, y, kViewHeight, {class: 'hole', 'data-tip': 'a hole: nothing answers', rx: 2})];
  for (const [slot, a, z, words] of ranges) {
    const [first, last] = [address(a), address(z)];
    const width = axis.x(last + 1n) - axis.x(first);
    const name = fitted(regionName(slot), width - 6, 6.8);
    bars.push(rectangle(axis, first, last, y, kViewHeight, {
      class: `front kind-${regionKind(slot)}`, tabindex: ranges.length <= 64 ? 0 : null, role: 'img', rx: 2,
      'aria-label': `${label}: ${words} at ${span(first, last)}`,
      'data-tip': `${words}\n${span(first, last)}\n${sizeInWords(last - first + 1n)}`,
    }));
    bars.push(svg('text', {x: (axis.x(first) + width / 2).toFixed(1), y: y + kViewHeight / 2 + 4, 'text-anchor': 'middle', class: 'range-name'}, name));
  }
  if (ranges.length === 0) {
    bars.push(svg('text', {x: axis.width / 2, y: y + kViewHeight / 2 + 4, 'text-anchor': 'middle', class: 'range-name faint'}, 'nothing answers'));
  }
  return bars.concat(parts.map((part) => differingPart(part, axis, y)));
}

function differingPart([first, last, sentence], axis, y) {
  return rectangle(axis, address(first), address(last), y - 2, kViewHeight + 4,
    {class: 'differing', 'data-tip': sentence, rx: 3});
}

// Between the two views, where they differ: a band with a sign, for who does not see the colour.
function differenceBand(parts, axis, y, height) {
  return parts.flatMap(([first, last, sentence]) => {
    const middle = (axis.x(address(first)) + axis.x(address(last) + 1n)) / 2;
    return [
      rectangle(axis, address(first), address(last), y, height, {class: 'band', 'data-tip': sentence}),
      svg('text', {x: middle.toFixed(1), y: y + height / 2 + 5, 'text-anchor': 'middle', class: 'unequal'}, '\u2260'),
    ];
  });
}

// Empty places that are cut short.
function breakMarks(axis, y) {
  return axis.stretches.filter((stretch) => stretch.cut && stretch.width >= 14).map((stretch) => {
    const x = axis.x(stretch.first) + stretch.width / 2;
    return svg('path', {class: 'break', d: `M${x - 6} ${y} l3 -5 l5 10 l4 -9`,
      'data-tip': `empty, and cut short here:\n${span(stretch.first, stretch.end - 1n)}\n${sizeInWords(stretch.end - stretch.first)}`});
  });
}

// Dashed where a pixel stands for much more than elsewhere.
function axisParts(axis, y) {
  return axis.stretches.map((stretch) => {
    const x = axis.x(stretch.first);
    return svg('line', {x1: x, x2: x + stretch.width, y1: y, y2: y, class: stretch.coarse ? 'axis coarse' : 'axis'});
  });
}

function axisLine(axis, labels, y) {
  const ticks = axis.stretches.slice(1).map((stretch) => axis.x(stretch.first)).concat(0, axis.width);
  return [
    ...axisParts(axis, y),
    ...ticks.map((x) => svg('line', {x1: x, x2: x, y1: y - 3, y2: y + 3, class: 'axis'})),
    ...breakMarks(axis, y),
    ...labels.map((label) => svg('line', {x1: label.x, x2: label.x, y1: y + 3, y2: y + 9 + label.row * 15, class: 'leader'})),
    ...labels.map((label) => svg('text', {x: label.left.toFixed(1), y: y + 20 + label.row * 15, class: 'edge'}, label.text)),
  ];
}

// Where the question was asked that shows a failure.
function probeMark(probe, axis, y) {
  if (probe === null) return [];
  const x = axis.x(address(probe.at));
  const side = x > axis.width - 130 ? 'end' : 'start';
  return [
    svg('path', {class: 'probe', d: `M${x} ${y} l-5 -9 h10 z`, 'data-tip': `${probe.says}\n${probe.at}`}),
    svg('text', {x: x + (side === 'end' ? -9 : 9), y: y - 1, 'text-anchor': side, class: 'probe-name'}, `asked at ${probe.at}`),
  ];
}

// Edges of views matter most, then those of layers; each once.
function edgesByWeight(views, layers) {
  const edges = new Set([0n, kEnd]);
  for (const [, first, last] of views.flat()) edges.add(address(first)).add(address(last) + 1n);
  for (const layer of layers) edges.add(address(layer.a)).add(address(layer.z) + 1n);
  return [...edges];
}

function drawViews(views, parts, axis, labels, gutter, probe) {
  const names = [];
  let y = probe === null ? 6 : 18;
  const shapes = probeMark(probe, axis, y - 1);
  views.forEach(({label, ranges}, i) => {
    if (i > 0) {
      shapes.push(...differenceBand(parts, axis, y - 4, 20));
      y += 18;
    }
    shapes.push(...viewBar(ranges, parts, axis, y, label));
    names.push(svg('text', {x: gutter - 10, y: y + kViewHeight / 2 + 4, 'text-anchor': 'end', class: 'view-name'}, label));
    y += kViewHeight + 2;
  });
  const rows = labels.reduce((most, label) => Math.max(most, label.row + 1), 1);
  shapes.push(...axisLine(axis, labels, y + 12));
  return svg('svg', {width: gutter + axis.width, height: y + 24 + rows * 15, class: 'views'},
    svg('g', {transform: `translate(${gutter} 0)`}, shapes), names);
}

// Everything of one address space, `width` pixels wide. The probe, or null, is what was asked there.
function drawSpace(space, width, probe) {
  const layers = rowsOf(space.layers);
  const expect = rowsOf(space.expect);
  const actual = rowsOf(space.actual);
  const differ = space.parts.length > 0 || expect.length !== actual.length;
  const views = differ
    ? [{label: 'engine', ranges: actual}, {label: 'reference', ranges: expect}]
    : [{label: 'flat view', ranges: expect}];
  const spans = layers.map((layer) => [address(layer.a), address(layer.z)]);
  const filled = layers.filter((layer) => !isSpan(regionKind(layer.r)))
    .concat(expect.concat(actual).map(([, a, z]) => ({a, z})))
    .map(({a, z}) => [address(a), address(z)]);
  const cuts = space.parts.map(([a, z]) => [address(a), address(z)]);
  const gutter = Math.min(150, Math.max(84, width * 0.17));
  const axis = axisOf(spans.concat(cuts), filled, width - gutter - 4);
  const labels = placeLabels(edgesByWeight([expect, actual], layers), axis);
  return {
    linear: axis.linear,
    layers: drawLayers(layers, axis, gutter),
    views: drawViews(views, space.parts, axis, labels, gutter, probe),
  };
}
