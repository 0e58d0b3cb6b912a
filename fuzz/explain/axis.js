// The axis of an address space: all 2^64 addresses in the width of a page. What is empty is cut
// short; what is filled is to scale where sizes allow, and grows with the logarithm of its size
// where not, so that one byte stays visible beside 2^63.

'use strict';

const kLinearRatioMax = 24;  // Of the largest to the smallest filled stretch.
const kDigitWidth = 6.7;     // Of the axis labels.
const kLabelRows = 3;

// The logarithm of a number that no double holds.
function log2(number) {
  const bits = number.toString(2).length;
  return bits <= 52 ? Math.log2(Number(number)) : bits - 1;
}

// Stretches between neighbouring edges: {first, end, filled}.
function stretchesOf(spans, filled) {
  const edges = new Set([0n, kEnd]);
  for (const [first, last] of spans.concat(filled)) edges.add(first).add(last + 1n);
  const sorted = [...edges].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const covers = coverage(filled);
  return sorted.slice(1).map((end, i) => ({first: sorted[i], end, filled: covers(sorted[i])}));
}

// Whether any of the spans holds an address; asked in ascending order.
function coverage(spans) {
  const sorted = [...spans].sort((a, b) => (a[0] < b[0] ? -1 : 1));
  let next = 0;
  let end = -1n;
  return (at) => {
    for (; next < sorted.length && sorted[next][0] <= at; ++next) {
      if (sorted[next][1] > end) end = sorted[next][1];
    }
    return end >= at;
  };
}

// There may be more numbers than a call takes arguments.
const least = (numbers) => numbers.reduce((a, b) => Math.min(a, b), Infinity);

function isNearlyEven(sizes) {
  const logs = sizes.map(log2);
  return -least(logs.map((log) => -log)) - least(logs) <= Math.log2(kLinearRatioMax);
}

// Gives each stretch its share of the width.
function shareOut(stretches, width) {
  const filled = stretches.filter((stretch) => stretch.filled);
  const empty = stretches.length - filled.length;
  const gap = filled.length === 0 ? width / empty : Math.min(38, (width * 0.4) / Math.max(1, empty));
  const linear = filled.length === 0 || isNearlyEven(filled.map((s) => s.end - s.first));
  const unit = linear ? filled.reduce((a, s) => (s.end - s.first < a ? s.end - s.first : a), kEnd) : 1n;
  const weigh = (size) => (linear ? Number((size * 256n) / unit) / 256 : 2 + log2(size) / 4);
  const total = filled.reduce((sum, s) => sum + weigh(s.end - s.first), 0);
  const room = width - gap * empty;
  for (const stretch of stretches) {
    const size = stretch.end - stretch.first;
    stretch.width = stretch.filled ? (weigh(size) / total) * room : gap;
    // Bytes that one pixel stands for, as a logarithm.
    stretch.density = log2(size) - Math.log2(stretch.width);
  }
  const finest = least(stretches.map((stretch) => stretch.density));
  for (const stretch of stretches) {
    stretch.cut = !stretch.filled && stretch.density - finest > 1;
    stretch.coarse = stretch.filled && stretch.density - finest > 4;
  }
  return linear;
}

// {stretches, x(address), linear, width}
function axisOf(spans, filled, width) {
  const stretches = stretchesOf(spans, filled);
  const linear = shareOut(stretches, width);
  const places = new Map();
  let x = 0;
  for (const stretch of stretches) {
    places.set(stretch.first, x);
    x += stretch.width;
  }
  places.set(kEnd, x);
  return {stretches, linear, width, x: (at) => places.get(at) ?? between(stretches, places, at)};
}

// The place of an address that is no edge.
function between(stretches, places, at) {
  const inside = stretches.find((stretch) => at >= stretch.first && at < stretch.end);
  const share = Number(((at - inside.first) * 1024n) / (inside.end - inside.first)) / 1024;
  return places.get(inside.first) + share * inside.width;
}

// Chooses which edges are named and where, so that neither names nor the lines to them cross:
// [{x, left, row, text}]. The important ones come first.
function placeLabels(edges, axis) {
  const placed = [];
  for (const edge of edges) {
    const text = hex(edge);
    const x = axis.x(edge);
    const width = text.length * kDigitWidth;
    const left = Math.max(0, Math.min(axis.width - width, x - width / 2));
    for (let row = 0; row < kLabelRows; ++row) {
      const label = {x, left, right: left + width, row, text};
      if (placed.some((other) => collide(label, other))) continue;
      placed.push(label);
      break;
    }
  }
  return placed;
}

function collide(one, other) {
  const pad = 7;
  if (one.row === other.row) return one.left < other.right + pad && other.left < one.right + pad;
  const [upper, lower] = one.row < other.row ? [one, other] : [other, one];
  return lower.x > upper.left - 3 && lower.x < upper.right + 3;
}
