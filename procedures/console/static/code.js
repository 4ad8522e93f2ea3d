// A call as code to paste, in the language that was chosen last.

import { copyButton, h, newId, tabs } from './dom.js';
import { LANGUAGES } from './snippets.js';

const NAMES = Object.keys(LANGUAGES);
let chosen = 0;

// `calls` gives the calls as they are now; it may throw while they are none.
export function codeOf(calls) {
  const id = newId();
  const text = h('code');

  function update() {
    try {
      text.textContent = LANGUAGES[NAMES[chosen]](calls());
    } catch (error) {
      text.textContent = error.message;
    }
  }

  const languages = tabs('Language', NAMES, id, (index) => {
    chosen = index;
    update();
  });
  languages.select(chosen);
  const element = h('section', { class: 'as-code', 'aria-label': 'The call as code' },
    h('div', { class: 'bar' }, languages.element, copyButton('Copy', () => text.textContent)),
    h('pre', { class: 'code', id, role: 'tabpanel', tabindex: '0', 'aria-label': 'Code' }, text));
  return { element, update };
}
