// The npm package at the other end of a pipe: one JSON request a line, one JSON answer a line.
import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import superjson, { SuperJSON } from 'superjson';

const date = () => new Date(Date.UTC(2020, 0, 2, 3, 4, 5, 678));
const made = (change) => {
  const value = {};
  change(value);
  return value;
};
const person = { name: 'Ada' };
const place = { name: 'Paris', since: date() };
const born = date();
const key = { id: 1 };
const inItself = new Set([1]);
inItself.add(inItself);
const ownValue = new Map([['name', 'me']]);
ownValue.set('self', ownValue);
const looped = [1];
looped.push({ up: looped });

const values = {
  undefined: undefined,
  null: null,
  'undefined members': { here: 1, gone: undefined, list: [undefined, null, { gone: undefined }] },
  date: date(),
  'date before 1970': new Date('0001-01-01T00:00:00.001Z'),
  'last date': new Date('9999-12-31T23:59:59.999Z'),
  numbers: [NaN, Infinity, -Infinity, -0, 0, 1.5, 1e20, 1e300, 5e-324, 2 ** 53, -(2 ** 60)],
  bigints: [0n, 1n, -1n, 2n ** 64n, -(10n ** 40n), { a: 1n }],
  'regular expressions': [/x/g, /a\/b.\\c/giu, new RegExp(''), /\n/, { r: /[.]/ }],
  urls: [new URL('https://a.example/b%20c?d=e#f'), { url: new URL('mailto:a@b.example') }],
  set: new Set([1, 2, 3]),
  'empty containers': [new Set(), new Map(), [], {}],
  'set of texts': new Set(['b', 'a', 'c', '']),
  'set of like things': new Set([1, true, '1', 1n, null, undefined]),
  'set of equal dates': new Set([date(), date()]),
  'set of objects': new Set([{ id: 1 }, { id: 1 }]),
  'set of arrays of sets': new Set([[new Set([1]), new Set([2])]]),
  'set of maps of dates': new Set([new Map([['a', date()]]), new Map([['b', [date()]]])]),
  map: new Map([['a', 1], ['b', undefined]]),
  'map of all keys': new Map([[1, 'a'], ['1', 'b'], [null, 'c'], [undefined, 'd'], [2n, 'e'], [/x/, 'f']]),
  'map of dates': new Map([[date(), date()]]),
  'map of objects': new Map([[{ id: 1 }, new Set([date()])], [[1], [2]]]),
  'map of like keys': new Map([[1, 'one'], [true, 'true']]),
  error: new Error('broken', { cause: { at: date() } }),
  'error of a kind': new TypeError('wrong', { cause: new RangeError('far', { cause: null }) }),
  'awkward keys': { 'a.b': { 'c\\d': date() }, '.': 1n, '\\': 2n, '\\.': [3n], '': { '': date() } },
  'numbered keys': { 0: date(), '1.5': date(), a: { 2: [date()] } },
  'one object twice': { a: person, b: [person] },
  'one object deep first': { a: { b: { c: place } }, d: place, e: [place, place] },
  'one date twice': [born, born, { born }],
  'one bigint twice': [7n, { a: 7n }],
  'NaN twice': [NaN, NaN],
  'one object under awkward keys': { 'a.b': place, 'c\\': { '.': place } },
  'one object as key and value': new Map([[key, key]]),
  'one object in maps': [key, new Map([['a', key]]), { m: new Map([[1, [key]]]) }],
  'one object in a set': [key, new Set([key])],
  'one set twice': made((o) => { o.a = o.b = new Set([date()]); }),
  'root in itself': made((o) => { o.self = o; }),
  'root in itself and others': made((o) => { o.a = { up: o }; o.b = o.a; }),
  'array in itself': looped,
  'object in itself below': { x: { y: made((o) => { o.self = o; }) } },
  'two in one another': made((o) => { o.a = { name: 'a' }; o.b = { a: o.a }; o.a.b = o.b; }),
  'set in itself': inItself,
  'map in itself': ownValue,
  'error in itself': { error: new Error('x', { cause: person }), person: { name: 'other' } },
};
// What the package itself does not give back as it was: Errors get members of their own, and the
// second equality undoes the first.
const changed = ['error', 'error of a kind', 'error in itself', 'two in one another'];
const carried = (value) => superjson.parse(superjson.stringify(value));
const deduping = new SuperJSON({ dedupe: true });

const answers = {
  table: () => Object.entries(values).map(([name, value]) => [name, superjson.serialize(value)]),
  deduped: () => Object.entries(values).map(([name, value]) => [name, deduping.serialize(value)]),
  echo: ({ payload }) => superjson.serialize(superjson.deserialize(payload)),
  check: ({ name, payload }) => {
    const expected = changed.includes(name) ? carried(values[name]) : values[name];
    assert.deepEqual(superjson.deserialize(payload), expected);
    return true;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = { result: answers[request.do](request) };
  } catch (error) {
    answer = { error: `${error.name}: ${error.message}` };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
