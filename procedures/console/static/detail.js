// One procedure: what it is, a form to call it, and what came of the calls.

import { requestOf, send } from './api.js';
import { shownAnswer } from './answer.js';
import { fold, h, newId, prose, shownJson, tabs } from './dom.js';
import { codeOf } from './code.js';
import { formOf } from './form.js';
import { refresh } from './header.js';
import { Stream } from './stream.js';

const KEPT = 200; // events that are shown
const CHANGE_WHO = new Set(['auth.login', 'auth.logout', 'auth.useOrg']);

export class Detail {
  // `about`: the description and its schemas; `collect` takes a call for the batch.
  constructor(procedure, about, collect) {
    this.procedure = procedure;
    this.about = about;
    this.input = inputOf(procedure, about.schemas);
    this.result = h('section', { class: 'result', 'aria-live': 'polite', 'aria-label': 'Result' });
    this.failure = h('p', { class: 'failure', role: 'alert' });
    this.element = h('article', {}, ...this.heading(), this.caller(collect));
  }

  heading() {
    const { name, type, doc, middleware, reasons } = this.procedure;
    return [
      h('a', { href: '#', class: 'back' }, '← All procedures'),
      h('h1', {}, name, h('span', { class: `kind wide ${type}` }, type)),
      h('p', { class: 'doc' }, ...prose(doc)),
      h('div', { class: 'folds' },
        fold(guardTitle(middleware), steps(middleware)),
        fold(`Refuses for ${reasons.length} reason${reasons.length === 1 ? '' : 's'}`, this.reasons(reasons)),
        fold('Types', this.types())),
    ];
  }

  reasons(reasons) {
    const rows = reasons.map((reason) => {
      const { code, status } = this.about.reasons[reason];
      return h('tr', {}, h('td', {}, h('code', {}, reason)), h('td', {}, code), h('td', {}, String(status)));
    });
    const head = ['reason', 'code', 'status'].map((word) => h('th', { scope: 'col' }, word));
    return h('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': 'Reasons' },
      h('table', {}, h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...rows)));
  }

  types() {
    const { name, inputType, outputType, input } = this.procedure;
    const head = `${name}(${input ? `input: ${inputType}` : ''}): ${outputType}`;
    const declared = named(head, this.about.types).map((type) => bare(this.about.types[type]));
    return h('pre', { class: 'code', tabindex: '0' }, h('code', {}, [head, ...declared].join('\n\n')));
  }

  caller(collect) {
    const isStream = this.procedure.type === 'subscription';
    this.stop = h('button', { type: 'button', hidden: true, onclick: () => this.close() }, 'Stop');
    const buttons = [
      h('button', { class: 'main', 'aria-keyshortcuts': 'Control+Enter' }, isStream ? 'Open' : 'Call'),
      this.stop,
      !isStream && h('button', { type: 'button', onclick: () => this.read((call) => collect(call)) }, 'Add to batch'),
    ];
    const code = codeOf(() => [this.call()]);
    const form = h('form', {
      novalidate: true,
      oninput: () => code.update(),
      onsubmit: (event) => { event.preventDefault(); this.run(); },
      onkeydown: (event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
      },
    }, this.input.element, h('div', { class: 'actions' }, ...buttons,
      h('span', { class: 'hint' }, h('kbd', {}, 'Ctrl'), ' ', h('kbd', {}, 'Enter'))), this.failure);
    return h('div', { class: 'caller' }, form, h('div', { class: 'side' }, this.result, code.element));
  }

  // The call as the form says. Throws for what cannot be sent.
  call() {
    return { procedure: this.procedure, input: this.input.read() };
  }

  read(use) {
    this.failure.textContent = '';
    try {
      return use(this.call());
    } catch (error) {
      this.failure.textContent = error.message;
      return undefined;
    }
  }

  async run() {
    if (this.procedure.type === 'subscription') return this.read((call) => this.open(call));
    const request = this.read(({ procedure, input }) => requestOf(procedure, input));
    if (!request) return undefined;
    this.result.setAttribute('aria-busy', 'true');
    this.result.replaceChildren(shownAnswer(await send(request)));
    this.result.removeAttribute('aria-busy');
    return CHANGE_WHO.has(this.procedure.name) ? refresh() : undefined;
  }

  open({ procedure, input }) {
    this.close();
    const state = h('p', { class: 'status', role: 'status' }, 'connecting');
    const list = h('ol', { class: 'events', reversed: true });
    let count = 0;
    const tell = {
      connected: () => { state.textContent = `open · ${count} events`; },
      waiting: () => { state.textContent = `connection lost, trying again · ${count} events`; },
      ended: () => this.over(state, 'ended by the server'),
      refused: ({ error }) => {
        this.over(state, `refused: ${error.message}`);
        list.before(shownJson(error));
      },
      event: ({ id, data }) => {
        count += 1;
        state.textContent = `open · ${count} events`;
        list.prepend(shownEvent(id, data));
        if (list.children.length > KEPT) list.lastChild.remove();
      },
    };
    this.result.replaceChildren(h('div', { class: 'answer stream' }, state, list));
    this.stream = new Stream(procedure, input, (kind, what) => tell[kind](what));
    this.stop.hidden = false;
  }

  over(state, text) {
    state.textContent = text;
    this.stop.hidden = true;
  }

  close() {
    if (!this.stream) return;
    this.stream.close();
    this.over(this.result.querySelector('.status'), 'stopped');
    this.stream = null;
  }
}

function shownEvent(id, data) {
  const at = new Date().toLocaleTimeString('en-GB');
  return h('li', {}, h('p', {}, id && h('code', { class: 'chip' }, `id ${id}`), ` ${at}`), shownJson(data));
}

function guardTitle(middleware) {
  if (!middleware.length) return 'Open to everybody';
  return `Behind ${middleware.map((step) => step.name).join(' → ')}`;
}

function steps(middleware) {
  if (!middleware.length) return h('p', {}, 'No middleware: no credentials are asked for.');
  return h('ol', { class: 'steps' }, ...middleware.map(({ name, doc }) =>
    h('li', {}, h('code', {}, name), doc && ': ', ...prose(doc))));
}

// The declared types that a text names, and those that they name.
function named(text, types, found = new Set()) {
  for (const [word] of text.matchAll(/[A-Za-z_]\w*/g)) {
    if (types[word] === undefined || found.has(word)) continue;
    found.add(word);
    named(bare(types[word]), types, found);
  }
  return [...found];
}

// Without comments: what they say is in the form, in fewer words.
const bare = (declaration) => declaration.replace(/^\s*\/\*\*[\s\S]*?\*\/\n/gm, '').replaceAll('export ', '');

// The form, and the same as JSON.
function inputOf(procedure, schemas) {
  if (!procedure.input) return { element: h('p', { class: 'hint' }, 'Takes no input.'), read() {} };
  const form = formOf(procedure.input, schemas);
  const raw = h('textarea', { class: 'mono', rows: 8, spellcheck: 'false', 'aria-label': 'Input as JSON' });
  const failure = h('p', { class: 'failure', role: 'alert' });
  const id = newId();
  const place = h('div', { id, role: 'tabpanel', 'aria-label': 'Input' }, form.element);
  let isRaw = false;

  const parsed = () => (raw.value.trim() === '' ? undefined : JSON.parse(raw.value));
  function move(toRaw) {
    if (toRaw) raw.value = JSON.stringify(form.read() ?? {}, null, 2);
    else form.write(parsed());
    place.replaceChildren(toRaw ? raw : form.element);
    isRaw = toRaw;
  }
  function show(index) {
    failure.textContent = '';
    try {
      if ((index === 1) !== isRaw) move(index === 1);
      return true;
    } catch (error) {
      failure.textContent = error.message;
      return false;
    }
  }
  const ways = tabs('Input as', ['Form', 'JSON'], id, show);
  ways.select(0);
  const element = h('div', { class: 'input' }, ways.element, place, failure);
  const optional = (value) => (procedure.inputRequired || Object.keys(value ?? {}).length ? value : undefined);
  return { element, read: () => optional(isRaw ? parsed() : form.read()) };
}
