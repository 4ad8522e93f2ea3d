// Calls that go out together. Queries and mutations do not mix in one request.

import { batchOf, send } from './api.js';
import { shownAnswer } from './answer.js';
import { codeOf } from './code.js';
import { h } from './dom.js';

export class Batch {
  constructor() {
    this.calls = [];
    this.list = h('ol');
    this.title = h('h2');
    this.problem = h('p', { class: 'failure', role: 'alert' });
    this.result = h('div', { 'aria-live': 'polite' });
    this.code = codeOf(() => this.calls);
    this.element = h('section', { class: 'batch', 'aria-label': 'Batch', hidden: true },
      this.title, this.problem, this.list,
      h('div', { class: 'actions' },
        h('button', { type: 'button', class: 'main', onclick: () => this.run() }, 'Send the batch'),
        h('button', { type: 'button', onclick: () => this.clear() }, 'Clear')),
      this.code.element, this.result);
  }

  add(call) {
    const [first] = this.calls;
    const isMixed = first && first.procedure.type !== call.procedure.type;
    this.problem.textContent = isMixed
      ? `A batch of ${PLURAL[first.procedure.type]} takes no ${call.procedure.type}.` : '';
    if (!isMixed) this.calls.push(call);
    this.show();
  }

  clear() {
    this.calls = [];
    this.problem.textContent = '';
    this.result.replaceChildren();
    this.show();
  }

  show() {
    const { calls } = this;
    this.element.hidden = calls.length === 0;
    this.title.textContent = `Batch of ${calls.length}`;
    this.list.replaceChildren(...calls.map((call, index) => this.row(call, index)));
    if (calls.length) this.code.update();
  }

  row({ procedure, input }, index) {
    const remove = () => {
      this.calls.splice(index, 1);
      this.show();
    };
    return h('li', {}, h('code', {}, procedure.name), ' ',
      h('code', { class: 'faint' }, input === undefined ? '' : JSON.stringify(input)),
      h('button', { type: 'button', class: 'quiet', 'aria-label': `Remove call ${index + 1}`, onclick: remove }, '✕'));
  }

  async run() {
    this.result.replaceChildren(shownAnswer(await send(batchOf(this.calls))));
  }
}

const PLURAL = { query: 'queries', mutation: 'mutations' };
