// Elements from calls: h('button', { class: 'main', onclick }, 'Call').

export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

// Text in which what stands between backquotes is code.
export function prose(text) {
  return text.split('`').map((part, index) => (index % 2 ? h('code', {}, part) : part));
}

let last = 0;
export const newId = () => `n${++last}`;

export function fold(title, ...content) {
  return h('details', { class: 'fold' }, h('summary', {}, title), ...content);
}

// JSON in colours.
export function shownJson(value) {
  const text = JSON.stringify(value, null, 2) ?? 'undefined';
  const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(token)) {
    parts.push(text.slice(end, found.index), coloured(found));
    end = found.index + found[0].length;
  }
  return h('pre', { class: 'code', tabindex: '0' }, h('code', {}, ...parts, text.slice(end)));
}

function coloured([whole, string, colon]) {
  if (string === undefined) return h('span', { class: 'j-word' }, whole);
  if (!colon) return h('span', { class: 'j-text' }, whole);
  return h('span', {}, h('span', { class: 'j-name' }, string), colon);
}

// A row of tabs over one panel; `choose(index)` may refuse by giving false.
export function tabs(label, titles, panel, choose) {
  const buttons = titles.map((title, index) => h('button', {
    type: 'button', role: 'tab', 'aria-controls': panel, onclick: () => select(index),
  }, title));
  function select(index) {
    if (choose(index) === false) return;
    buttons.forEach((button, each) => {
      button.setAttribute('aria-selected', String(each === index));
      button.tabIndex = each === index ? 0 : -1;
    });
  }
  const step = { ArrowRight: 1, ArrowLeft: -1 };
  const element = h('div', { class: 'tabs', role: 'tablist', 'aria-label': label, onkeydown(event) {
    if (!step[event.key]) return;
    const next = (buttons.indexOf(event.target) + step[event.key] + buttons.length) % buttons.length;
    select(next);
    buttons[next].focus();
  } }, ...buttons);
  return { element, select };
}

export function copyButton(label, text) {
  const button = h('button', { type: 'button', class: 'quiet' }, label);
  button.addEventListener('click', async () => {
    const copied = await put(text());
    button.textContent = copied ? 'Copied' : 'Copy refused';
    setTimeout(() => { button.textContent = label; }, 1500);
  });
  return button;
}

// The clipboard is only there on https and on this machine.
async function put(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
