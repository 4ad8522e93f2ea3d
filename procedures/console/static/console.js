// The console: the list of procedures, the one that is looked at, and the batch.

import { load } from './api.js';
import { Batch } from './batch.js';
import { Catalog } from './catalog.js';
import { Detail } from './detail.js';
import { h } from './dom.js';
import { header } from './header.js';
import { Schemas } from './schema.js';

const about = await load('description');
about.schemas = new Schemas(about.definitions);
const known = new Map(about.procedures.map((procedure) => [procedure.name, procedure]));
const details = new Map(); // forms keep what was filled in
const batch = new Batch();
const catalog = new Catalog(about.procedures, (name) => { location.hash = name; });
const main = document.getElementById('main');

document.getElementById('catalog').append(...catalog.element);
document.addEventListener('keydown', shortcut);
window.addEventListener('hashchange', () => show(true));
await header(about);
show(false);

function shortcut(event) {
  const isTyping = event.target.matches('input, textarea, select');
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  catalog.search.focus();
  catalog.search.select();
}

function show(moves) {
  const procedure = known.get(location.hash.slice(1));
  document.body.classList.toggle('looking', Boolean(procedure));
  document.title = `${procedure?.name ?? 'Console'} · Rollcall`;
  catalog.mark(procedure?.name);
  main.replaceChildren(procedure ? detailOf(procedure).element : welcome(), batch.element);
  if (moves) main.focus({ preventScroll: true });
  if (moves) window.scrollTo(0, 0);
}

function detailOf(procedure) {
  const { name } = procedure;
  if (!details.has(name)) details.set(name, new Detail(procedure, about, (call) => batch.add(call)));
  return details.get(name);
}

function welcome() {
  const count = (type) => about.procedures.filter((procedure) => procedure.type === type).length;
  return h('article', { class: 'welcome' },
    h('h1', {}, 'Every procedure, to read and to call'),
    h('p', {}, `${count('query')} queries, ${count('mutation')} mutations and ${count('subscription')}
      subscription under `, h('code', {}, '/rpc'), ', as a tRPC client sees them.'),
    h('ol', { class: 'first' },
      h('li', {}, 'Sign in at the top right.'),
      h('li', {}, 'Choose a procedure, for instance ',
        h('a', { href: '#enrollment.enroll' }, 'enrollment.enroll'), ' or ',
        h('a', { href: '#course.list' }, 'course.list'), '.'),
      h('li', {}, 'Fill in its form, call it, or take it along as code.')),
    h('p', { class: 'hint' }, h('kbd', {}, '/'), ' searches, ', h('kbd', {}, '↓'), ' ', h('kbd', {}, '↑'),
      ' walk the list, ', h('kbd', {}, 'Enter'), ' opens, ', h('kbd', {}, 'Ctrl'), ' ', h('kbd', {}, 'Enter'), ' calls.'));
}
