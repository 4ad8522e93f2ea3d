// The list of procedures: searched by words, walked through by arrow keys.

import { h } from './dom.js';

export class Catalog {
  constructor(procedures, choose) {
    this.procedures = procedures;
    this.search = h('input', {
      type: 'search', placeholder: 'Search procedures', 'aria-label': 'Search procedures',
      'aria-keyshortcuts': '/', autocomplete: 'off', spellcheck: 'false',
      oninput: () => this.show(),
      onkeydown: (event) => this.key(event, choose),
    });
    this.count = h('p', { class: 'count', role: 'status' });
    this.list = h('div', { class: 'list', onkeydown: (event) => this.walk(event) });
    this.element = [h('div', { class: 'search' }, this.search, h('kbd', {}, '/')), this.count, this.list];
    this.show();
  }

  // Words that each have to be somewhere in the name, the doc or the reasons.
  found() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return this.procedures.filter(({ name, type, doc, reasons }) => {
      const text = `${name} ${type} ${doc} ${reasons.join(' ')}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }

  show() {
    const found = this.found();
    const { length } = this.procedures;
    this.count.textContent = found.length < length ? `${found.length} of ${length}` : `${length} procedures`;
    const names = [...new Set(found.map(namespace))];
    this.list.replaceChildren(...names.map((name) =>
      group(name, found.filter((procedure) => namespace(procedure) === name))));
    this.mark();
  }

  mark(name = this.current) {
    this.current = name;
    for (const link of this.links()) {
      const isHere = link.dataset.name === name;
      if (isHere) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    }
  }

  links() {
    return [...this.list.querySelectorAll('a')];
  }

  key(event, choose) {
    const [first] = this.links();
    if (event.key === 'ArrowDown') first?.focus();
    else if (event.key === 'Enter' && first) choose(first.dataset.name);
    else if (event.key === 'Escape' && this.search.value) this.clear();
    else return;
    event.preventDefault();
  }

  clear() {
    this.search.value = '';
    this.show();
  }

  walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const links = this.links();
    const next = links.indexOf(document.activeElement) + step;
    (links[next] ?? (next < 0 ? this.search : links.at(-1))).focus();
  }
}

const namespace = ({ name }) => name.split('.')[0];

function group(name, members) {
  return h('section', {}, h('h2', {}, name), h('ul', {}, ...members.map((procedure) => h('li', {},
    h('a', { href: `#${procedure.name}`, 'data-name': procedure.name },
      h('span', { class: `kind ${procedure.type}`, title: procedure.type }, procedure.type[0]),
      procedure.name.slice(name.length + 1) || name)))));
}
