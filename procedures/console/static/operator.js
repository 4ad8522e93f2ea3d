// The operator's page: seats, waiting lists, the outbox and calls, from procedures and /metrics.

import { ask, load } from './api.js';
import { h } from './dom.js';
import { header, me, onWho } from './header.js';
import { callsSoFar } from './metrics.js';
import { asTable, bar, day, range, steps, table } from './plots.js';

const EVERY = 10_000; // milliseconds between two looks
const SEATS_EVERY = 60_000; // they are counted anew each time
const DAY = 86_400_000;
const SERIES = [
  { name: 'taken', key: 'taken', style: 'one' },
  { name: 'waiting', key: 'waiting', style: 'two' },
];

const main = document.getElementById('main');
const parts = Object.fromEntries(['tiles', 'seats', 'waiting', 'outbox', 'calls'].map((name) => [name, h('div', { class: name })]));
const state = h('p', { class: 'hint', role: 'status' });
const days = h('select', { 'aria-label': 'Span of time', onchange: () => lookAtAll() },
  ...[30, 90, 365].map((count) => h('option', { value: count, selected: count === 90 }, `${count} days`)));
const tokenForm = askForToken();
let token = '';
let counted; // the courses, and when they were counted

onWho(() => {
  Object.values(parts).forEach((part) => part.replaceChildren());
  return lookAtAll();
});
await header(await load('description'));
setInterval(() => { if (!document.hidden) look(); }, EVERY);

function lookAtAll() {
  counted = { at: 0 };
  main.replaceChildren(...(isAdmin() ? page() : [stranger()]));
  return look();
}

// What comes late, of another organization or span of time, is not shown.
async function look() {
  if (!isAdmin()) return;
  const kept = counted;
  try {
    const news = await facts(kept);
    if (kept !== counted) return;
    draw(news);
    const now = new Date().toLocaleTimeString('en-GB');
    state.textContent = `As of ${now}, anew every ten seconds, seats every minute.`;
  } catch (error) {
    if (kept === counted) state.textContent = `No news: ${error.message}.`;
  }
}

async function facts(kept) {
  if (Date.now() - kept.at >= SEATS_EVERY) Object.assign(kept, { courses: await seatsOf(), at: Date.now() });
  const [{ items }, called] = await Promise.all([ask('query', 'operations.outbox'), callsSoFar(token)]);
  return { courses: kept.courses, messages: items, called };
}

function draw({ courses, messages, called }) {
  keepFolds(() => {
    parts.tiles.replaceChildren(...tiles(courses, messages, called.calls));
    parts.seats.replaceChildren(...courses.map(card));
    parts.waiting.replaceChildren(waiting(courses));
    parts.outbox.replaceChildren(...outbox(messages));
    // What is being typed into stays where it is.
    if (!(called.status === 401 && tokenForm.isConnected)) parts.calls.replaceChildren(...calls(called));
  });
}

function isAdmin() {
  const org = me.now?.orgs.find((each) => each.orgId === me.now.orgId);
  return org?.role === 'admin';
}

function stranger() {
  return h('article', { class: 'welcome' },
    h('h1', {}, 'For admins of an organization'),
    h('p', {}, me.now
      ? `${me.now.nameDisplay} is none of the active organization. Sign in as an admin at the top right.`
      : 'Sign in as one at the top right.'));
}

// Tables that were open stay so.
function keepFolds(change) {
  const folds = () => [...main.querySelectorAll('details')];
  const open = folds().map((fold) => fold.open);
  change();
  folds().forEach((fold, index) => { fold.open = Boolean(open[index]); });
}

function page() {
  const section = (title, note, ...content) =>
    h('section', {}, h('div', { class: 'bar' }, h('h2', {}, title), note), ...content);
  const org = me.now.orgs.find((each) => each.orgId === me.now.orgId);
  return [
    h('div', { class: 'bar' }, h('h1', {}, org.name), state),
    parts.tiles,
    section('Seats', days, parts.seats),
    section('Waiting lists', null, parts.waiting),
    section('Outbox', null, parts.outbox),
    section('Calls', h('span', { class: 'hint' }, 'of all organizations, since this service started'), parts.calls),
  ];
}

async function seatsOf() {
  const given = { days: Number(days.value), limit: 20 };
  const courses = [];
  for (let cursor; cursor !== null;) {
    const answer = await ask('query', 'operations.seats', cursor ? { ...given, cursor } : given);
    courses.push(...answer.items);
    cursor = answer.nextCursor;
  }
  return courses;
}

const sum = (list, value) => list.reduce((all, each) => all + value(each), 0);
const number = (value) => value.toLocaleString('en');

function tiles(courses, messages, called) {
  const inState = (name) => sum(messages.filter((each) => each.state === name), (each) => each.count);
  return [
    tile('seats taken', sum(courses, (course) => course.taken)),
    tile('people waiting', sum(courses, (course) => course.waiting)),
    tile('messages to send', inState('waiting')),
    tile('messages parked', inState('parked'), inState('parked') > 0),
    called && tile('calls', sum(called, (call) => call.count)),
    called && tile('refused or failed', sum(called, (call) => call.failed)),
  ].filter(Boolean);
}

function tile(name, value, isBad = false) {
  return h('p', { class: `tile ${isBad ? 'bad' : ''}` }, h('strong', {}, number(value)), ` ${name}`);
}

function card(course) {
  const points = course.days.map(({ day: text, ...values }) => ({ at: Date.parse(text), ...values }));
  const until = Math.max(Date.now(), points[0].at + DAY);
  const words = inWords(course);
  const series = SERIES.filter(({ key }) => key === 'taken' || points.some((point) => point[key]));
  const label = `${course.title}: ${words}. On ${day(points[0].at)} ${points[0].taken} taken.`;
  return h('article', { class: 'card' },
    h('h3', {}, course.title),
    h('p', { class: 'hint' }, words),
    series.length > 1 && h('p', { class: 'legend' }, ...series.map(({ name, style }) =>
      h('span', { class: style }, name))),
    steps({ label, points, series, until, limit: course.seats }),
    asTable(`${course.title} by day`, ['day', 'taken', 'waiting'],
      [...course.days].reverse().map(({ day: text, taken, waiting: line }) => [text, number(taken), number(line)])));
}

function inWords({ taken, seats, waiting: line }) {
  const place = seats === null ? `${number(taken)} taken, no limit` : `${number(taken)} of ${number(seats)} seats taken`;
  return line ? `${place}, ${number(line)} waiting` : place;
}

function waiting(courses) {
  const lines = courses.filter((course) => course.waiting).sort((a, b) => b.waiting - a.waiting);
  if (!lines.length) return h('p', { class: 'hint' }, 'Nobody waits for a seat.');
  const most = lines[0].waiting;
  return table('People waiting by course', ['course', 'waiting', 'seats', ''], lines.map((course) => [
    course.title, number(course.waiting), inWords({ ...course, waiting: 0 }),
    bar(`${course.waiting} waiting`, [{ value: course.waiting, style: 'two' }, { value: most - course.waiting, style: 'none' }]),
  ]));
}

const STATES = { sent: 'good', waiting: 'one', parked: 'bad' };

function outbox(messages) {
  if (!messages.length) return [h('p', { class: 'hint' }, 'No message has been queued yet.')];
  const channels = [...new Set(messages.map(({ channel }) => channel))];
  const rows = channels.map((channel) => {
    const mine = messages.filter((each) => each.channel === channel);
    const count = (name) => mine.find((each) => each.state === name)?.count ?? 0;
    const due = mine.find((each) => each.state === 'waiting')?.oldest;
    const states = Object.entries(STATES).map(([name, style]) => ({ name, value: count(name), style }));
    const label = states.map(({ name, value }) => `${value} ${name}`).join(', ');
    return [channel, ...states.map(({ value }) => number(value)), due ? since(due) : '—', bar(label, states)];
  });
  return [
    table('Messages by channel and state', ['channel', ...Object.keys(STATES), 'longest due', ''], rows),
    h('p', { class: 'hint' }, 'Parked messages wait for ', h('a', { href: '/#outbox.retry' }, 'outbox.retry'),
      '; ', h('a', { href: '/#outbox.list' }, 'outbox.list'), ' tells what went wrong with each.'),
  ];
}

function since(instant) {
  const minutes = Math.round((Date.now() - Date.parse(instant)) / 60_000);
  if (minutes < 0) return `in ${-minutes} min`;
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

function ms(seconds) {
  if (seconds === null) return '—';
  const value = seconds * 1000;
  return `${value < 10 ? value.toFixed(1) : number(Math.round(value))} ms`;
}

function calls({ calls: counted, status }) {
  if (status === 401) return [tokenForm];
  if (!counted) return [uncounted()];
  return [table('Calls by procedure', ['procedure', 'calls', 'errors', 'p50', 'p99', '0.1 ms to 10 s'],
    counted.map(({ name, count, failed, codes, p50, p99 }) => [
      h('a', { href: `/#${name}` }, name), number(count),
      failed ? h('span', { class: 'failed', title: codes.join(', ') }, `${number(failed)} (${codes.join(', ')})`) : '0',
      ms(p50), ms(p99), p50 === null ? '' : range(`from ${ms(p50)} to ${ms(p99)}`, p50, p99),
    ]))];
}

function uncounted() {
  return h('p', {}, 'This service does not count calls. With ', h('code', {}, "pip install 'rollcall[observe]'"),
    ' and ', h('code', {}, 'ROLLCALL_METRICS=open'), ' (or a token) it does, at ', h('code', {}, '/metrics'), '.');
}

function askForToken() {
  const input = h('input', { type: 'password', autocomplete: 'off', 'aria-label': 'Token of ROLLCALL_METRICS' });
  return h('form', { class: 'actions', onsubmit(event) {
    event.preventDefault();
    token = input.value;
    look();
  } }, h('p', {}, 'Calls are counted, and shown to who has the token of ', h('code', {}, 'ROLLCALL_METRICS'), ': '),
    input, h('button', { class: 'main' }, 'Show'));
}
