// A call as code to paste, in the language that was chosen last.

import { copyButton, h, newId } from './dom.js';
import { LANGUAGES } from './snippets.js';

let chosen = Object.keys(LANGUAGES)[0];

// `calls` gives the calls as they are now; it may throw while they are none.
export function codeOf(calls) {
  const id = newId();
  const text = h('code');
  const tabs = Object.keys(LANGUAGES).map((language) => h('button', {
    type: 'button', role: 'tab', 'aria-controls': id, onclick() { chosen = language; update(); },
  }, language));

  function update() {
    tabs.forEach((tab) => tab.setAttribute('aria-selected', String(tab.textContent === chosen)));
    try {
      text.textContent = LANGUAGES[chosen](calls());
    } catch (error) {
      text.textContent = error.message;
    }
  }

  const element = h('section', { class: 'as-code', 'aria-label': 'The call as code' },
    h('div', { class: 'bar' },
      h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Language' }, ...tabs),
      copyButton('Copy', () => text.textContent)),
    h('pre', { class: 'code', id, role: 'tabpanel', tabindex: '0' }, text));
  update();
  return { element, update };
}
