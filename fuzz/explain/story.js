// What the page is about: the JSON that Page() wrote, with its lists unpacked on demand.

'use strict';

const story = JSON.parse(document.getElementById('story').textContent);

const unpacked = new Map([[0, []]]);

// The numbers of a list's rows. A list is what it has in common with its base, and what lies between:
// rows, or [from, count] of the base.
function rowNumbers(list) {
  const chain = [];
  let known = list;
  for (; !unpacked.has(known); known = story.lists[known][0]) chain.push(known);
  let rows = unpacked.get(known);
  while (chain.length > 0) {
    const [, head, tail, between] = story.lists[chain.pop()];
    const base = rows;
    const middle = between.flatMap((part) => (Array.isArray(part) ? base.slice(part[0], part[0] + part[1]) : part));
    rows = base.slice(0, head).concat(middle, tail === 0 ? [] : base.slice(-tail));
  }
  // Few are kept: of a long program, all together would be too much.
  if (unpacked.size > 200) {
    unpacked.clear();
    unpacked.set(0, []);
  }
  unpacked.set(list, rows);
  return rows;
}

const rowsOf = (list) => rowNumbers(list).map((number) => story.rows[number]);

const regionName = (slot) => (slot < 0 ? 'nothing' : story.regions[slot][0]);
const regionKind = (slot) => story.regions[slot][1];
const isSpan = (kind) => kind === 'container' || kind === 'alias';

const kEnd = 1n << 64n;
const address = (text) => (text === '2^64' ? kEnd : BigInt(text));
const hex = (number) => (number === kEnd ? '2^64' : '0x' + number.toString(16));
const span = (first, last) => (first === last ? hex(first) : `${hex(first)} \u2013 ${hex(last)}`);

function sizeInWords(bytes) {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  let unit = 0;
  let whole = bytes;
  while (unit < 6 && whole >= 1024n) {
    whole >>= 10n;
    ++unit;
  }
  if (unit === 0) return bytes === 1n ? '1 byte' : `${bytes} bytes`;
  const shift = 10n * BigInt(unit);
  const tenths = Number(((bytes - (whole << shift)) * 10n) >> shift);
  return `${whole}${tenths === 0 ? '' : '.' + tenths} ${units[unit]}`;
}

// The operation at which engine and reference are first seen to differ; -1 if never.
function firstDifference() {
  const differs = story.steps.findIndex((step) => step.differs);
  if (story.failure === null) return differs;
  const fails = Math.min(story.failure.step, story.steps.length - 1);
  return differs < 0 ? fails : Math.min(differs, fails);
}

// A DOM element. Attributes that are false or null are left out; text is never read as HTML.
function make(tag, attributes = {}, ...children) {
  const isDrawing = tag.startsWith('svg:');
  const element = isDrawing
    ? document.createElementNS('http://www.w3.org/2000/svg', tag.slice(4))
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== false));
  return element;
}
