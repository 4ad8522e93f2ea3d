// Plots as SVG. What one shows is also said in words, and stands in a table.

import { fold, h, svg } from './dom.js';

const WIDTH = 320;
const HEIGHT = 120;
const LEFT = 26;
const BOTTOM = 18;

// Lines that change by steps: `series` is [{ name, key, style }], `points` [{ at, …values }] in
// order of time, `until` where the last value ends, `limit` a line across or null.
export function steps({ label, points, series, until, limit }) {
  const from = points[0].at;
  const top = Math.max(1, limit ?? 0, ...points.flatMap((point) => series.map(({ key }) => point[key])));
  const x = (at) => LEFT + ((at - from) / Math.max(1, until - from)) * (WIDTH - LEFT - 4);
  const y = (value) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - 8);
  const line = (key) => points.map((point, index) => {
    const end = points[index + 1]?.at ?? until;
    return `${index ? 'V' : `M${x(point.at)} `}${y(point[key])}H${x(end)}`;
  }).join('');
  const [first] = series;
  return svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': label, class: 'plot' },
    ...[0, top].map((value) => level(value, y(value), 'grid')),
    limit != null && limit > 0 && limit < top && level(limit, y(limit), 'limit'),
    limit === top && svg('path', { class: 'limit', d: `M${LEFT} ${y(top)}H${WIDTH - 4}` }),
    svg('path', { class: `area ${first.style}`, d: `${line(first.key)}V${y(0)}H${x(from)}Z` }),
    ...series.map(({ key, style }) => svg('path', { class: `line ${style}`, d: line(key) })),
    tick(LEFT, 'start', from),
    tick(WIDTH - 4, 'end', until));
}

function level(value, y, style) {
  return svg('g', {},
    svg('path', { class: style, d: `M${LEFT} ${y}H${WIDTH - 4}` }),
    svg('text', { x: LEFT - 5, y: y + 3.5, 'text-anchor': 'end' }, String(value)));
}

function tick(x, anchor, at) {
  return svg('text', { x, y: HEIGHT - 4, 'text-anchor': anchor }, day(at));
}

export const day = (at) => new Date(at).toISOString().slice(0, 10);

// One bar of several parts: [{ name, value, style }].
export function bar(label, parts) {
  const all = parts.reduce((sum, { value }) => sum + value, 0) || 1;
  let x = 0;
  const rects = parts.map(({ value, style }) => {
    const width = (value / all) * WIDTH;
    x += width;
    return svg('rect', { class: style, x: x - width, y: 0, width, height: 14 });
  });
  return svg('svg', { viewBox: `0 0 ${WIDTH} 14`, preserveAspectRatio: 'none', role: 'img', 'aria-label': label, class: 'bar-plot' },
    ...rects);
}

// From p50 to p99 on a scale of powers of ten, from a tenth of a millisecond to ten seconds.
export function range(label, low, high) {
  const x = (seconds) => Math.min(1, Math.max(0, (Math.log10(seconds) + 4) / 5)) * 120;
  return svg('svg', { viewBox: '0 0 120 14', role: 'img', 'aria-label': label, class: 'range-plot' },
    svg('path', { class: 'grid', d: 'M0 7H120' }),
    svg('rect', { class: 'span', x: x(low), y: 4, width: Math.max(3, x(high) - x(low)), height: 6, rx: 3 }));
}

export function table(caption, heads, rows) {
  return h('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': caption },
    h('table', {}, h('caption', { class: 'unseen' }, caption),
      h('thead', {}, h('tr', {}, ...heads.map((head) => h('th', { scope: 'col' }, head)))),
      h('tbody', {}, ...rows.map((cells) => h('tr', {},
        ...cells.map((cell, index) => h(index ? 'td' : 'th', index ? {} : { scope: 'row' }, cell)))))));
}

export const asTable = (caption, heads, rows) => fold('As a table', table(caption, heads, rows));
