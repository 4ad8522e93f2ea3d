// A form made from a JSON Schema. Every field is `{ element, read, write }`: `read` gives undefined
// for what is left out and throws for what cannot be sent.

import { h, newId, prose } from './dom.js';
import { hintOf, kindOf, nameOf } from './schema.js';

export function formOf(schema, schemas) {
  return fieldOf(schema, { schemas, isRequired: true, name: '' });
}

function fieldOf(given, about) {
  const { schema, isNullable } = about.schemas.plain(given);
  const field = MAKERS[kindOf(schema)](schema, { ...about, isNullable });
  // Null is only worth a switch of its own where leaving out means something else.
  return isNullable && given.default !== null ? orNull(field, about.name) : field;
}

const MAKERS = {
  constant: (schema, about) => (about.isRequired
    ? { element: null, read: () => schema.enum[0], write() {} }
    : select(schema, about, schema.enum)),
  choice: (schema, about) => select(schema, about, schema.enum),
  boolean: (schema, about) => select(schema, about, [true, false]),
  number: (schema, about) =>
    entry(schema, about, { type: 'number', step: schema.type === 'integer' ? 1 : 'any' }, Number),
  instant,
  text,
  json,
  object,
  array,
  variants,
};

// A labelled control; `hint` is read out with it.
function labelled(schema, about, control) {
  const id = newId();
  const hint = hintOf(schema);
  control.id = id;
  if (about.isRequired) control.setAttribute('aria-required', 'true');
  if (hint) control.setAttribute('aria-describedby', `${id}-hint`);
  const mark = about.isRequired && h('span', { class: 'needed', title: 'required' }, ' *');
  return h(
    'div',
    { class: 'field' },
    h('label', { for: id }, about.name || nameOf(schema), mark),
    control,
    hint && h('p', { class: 'hint', id: `${id}-hint` }, ...prose(hint)),
  );
}

function entry(schema, about, attributes, parse, show = String) {
  const control = h('input', { autocomplete: 'off', ...attributes });
  return {
    element: labelled(schema, about, control),
    read() {
      if (!control.validity.valid) throw new Error(`${about.name}: ${control.validationMessage}`);
      if (control.value === '') return about.isRequired && parse === String ? '' : undefined;
      return parse(control.value);
    },
    write(value) {
      control.value = value == null ? '' : show(value);
    },
  };
}

function text(schema, about) {
  if (schema.maxLength > 1000 && !/password/i.test(about.name)) return longText(schema, about);
  const isWhole = schema.anyOf?.some((part) => part.type === 'integer');
  const parse = isWhole ? (given) => (/^\d+$/.test(given) ? Number(given) : given) : String;
  const type = { email: 'email', date: 'date' }[schema.format] ?? 'text';
  const isSecret = /^password$/i.test(about.name);
  return entry(schema, about, { type: isSecret ? 'password' : type, spellcheck: 'false' }, parse);
}

function longText(schema, about) {
  const control = h('textarea', { rows: 3 });
  return {
    element: labelled(schema, about, control),
    read: () => (control.value === '' && !about.isRequired ? undefined : control.value),
    write: (value) => { control.value = value ?? ''; },
  };
}

function instant(schema, about) {
  const toLocal = (value) => {
    const at = new Date(value);
    return new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  };
  const parse = (value) => new Date(value).toISOString();
  const said = { ...schema, description: 'In the time zone of this browser; sent as UTC.' };
  return entry(said, about, { type: 'datetime-local', step: 1 }, parse, toLocal);
}

function select(schema, about, values) {
  const options = values.map((value, index) => h('option', { value: index }, String(value)));
  const empty = !about.isRequired && h('option', { value: '' }, '—');
  const control = h('select', {}, empty, ...options);
  return {
    element: labelled(schema, about, control),
    read: () => (control.value === '' ? undefined : values[Number(control.value)]),
    write: (value) => { control.value = value == null ? '' : values.indexOf(value); },
  };
}

function json(schema, about) {
  const control = h('textarea', { rows: 3, spellcheck: 'false', class: 'mono', placeholder: '{}' });
  return {
    element: labelled(schema, about, control),
    read() {
      if (control.value.trim() === '') return undefined;
      try {
        return JSON.parse(control.value);
      } catch (error) {
        throw new Error(`${about.name}: ${error.message}`);
      }
    },
    write: (value) => { control.value = value === undefined ? '' : JSON.stringify(value, null, 2); },
  };
}

function object(schema, about) {
  const required = new Set(schema.required);
  const fields = Object.entries(schema.properties).map(([name, part]) => {
    const isRequired = required.has(name);
    return [name, fieldOf(part, { schemas: about.schemas, name, isRequired })];
  }).sort(([one], [other]) => required.has(other) - required.has(one));
  const elements = fields.map(([, field]) => field.element);
  return {
    element: about.name
      ? h('fieldset', {}, h('legend', {}, about.name), ...elements)
      : h('div', { class: 'fields' }, ...elements),
    read() {
      const read = fields.map(([name, field]) => [name, field.read()]);
      const there = read.filter(([, value]) => value !== undefined);
      return there.length || about.isRequired ? Object.fromEntries(there) : undefined;
    },
    write: (value) => fields.forEach(([name, field]) => field.write(value?.[name])),
  };
}

function array(schema, about) {
  const items = about.schemas.plain(schema.items).schema;
  if (kindOf(items) === 'choice') return several(items, about);
  const fields = [];
  const list = h('ul', { class: 'items' });
  const changed = () => list.dispatchEvent(new Event('input', { bubbles: true }));

  function add(value) {
    const name = `${about.name} ${fields.length + 1}`;
    const field = fieldOf(schema.items, { schemas: about.schemas, name, isRequired: true });
    const row = h('li', {}, field.element, h('button', { type: 'button', class: 'quiet', onclick() {
      fields.splice(fields.indexOf(field), 1);
      row.remove();
      changed();
    } }, `Remove ${name}`));
    fields.push(field);
    list.append(row);
    if (value !== undefined) field.write(value);
  }

  const more = h('button', { type: 'button', class: 'quiet', onclick() { add(); changed(); } },
    `Add to ${about.name}`);
  const hint = hintOf(schema);
  return {
    element: h('fieldset', {}, h('legend', {}, about.name, about.isRequired && ' *'),
      hint && h('p', { class: 'hint' }, ...prose(hint)), list, more),
    read: () => (fields.length || about.isRequired ? fields.map((field) => field.read()) : undefined),
    write(value) {
      fields.length = 0;
      list.replaceChildren();
      (value ?? []).forEach((part) => add(part));
    },
  };
}

// Any of a few words: a box for each.
function several(items, about) {
  const boxes = items.enum.map((value) => h('input', { type: 'checkbox', value }));
  return {
    element: h('fieldset', { class: 'choices' }, h('legend', {}, about.name),
      ...boxes.map((box) => h('label', {}, box, ` ${box.value}`))),
    read() {
      const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
      return chosen.length || about.isRequired ? chosen : undefined;
    },
    write: (value) => boxes.forEach((box) => { box.checked = (value ?? []).includes(box.value); }),
  };
}

// One of several objects, told apart by a member that is constant in each.
function variants(schema, about) {
  const fields = schema.anyOf.map((part) => fieldOf(part, { ...about, name: '', isRequired: true }));
  const titles = schema.anyOf.map((part) => nameOf(about.schemas.followed(part)));
  const place = h('div', {}, fields[0].element);
  const choice = select({ title: 'kind', enum: titles }, { name: 'kind', isRequired: true }, titles);
  const chosen = () => fields[Math.max(0, titles.indexOf(choice.read()))];
  choice.element.addEventListener('change', () => place.replaceChildren(chosen().element));
  return {
    element: h('fieldset', {}, h('legend', {}, about.name), choice.element, place),
    read: () => chosen().read(),
    write(value) {
      const tag = schema.discriminator?.propertyName;
      const index = schema.anyOf.findIndex((part) => {
        return about.schemas.followed(part).properties?.[tag]?.enum?.[0] === value?.[tag];
      });
      choice.write(titles[Math.max(0, index)]);
      place.replaceChildren(chosen().element);
      chosen().write(value);
    },
  };
}

function orNull(field, name) {
  const box = h('input', { type: 'checkbox', 'aria-label': `${name} is null` });
  const element = h('div', { class: 'or-null' }, field.element, h('label', {}, box, ' null'));
  return {
    element,
    read: () => (box.checked ? null : field.read()),
    write(value) {
      box.checked = value === null;
      field.write(value ?? undefined);
    },
  };
}
