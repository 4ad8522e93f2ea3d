// What a form has to know of a JSON Schema as msgspec writes it.

export class Schemas {
  constructor(definitions) {
    this.definitions = definitions;
  }

  // Without references and without null: `{ schema, isNullable }`.
  plain(schema) {
    const found = this.followed(schema);
    const kinds = (found.anyOf ?? []).map((part) => this.followed(part));
    const others = kinds.filter((part) => part.type !== 'null');
    if (others.length === kinds.length) return { schema: found, isNullable: false };
    const { anyOf, ...rest } = found;
    const inner = others.length === 1 ? others[0] : { anyOf: others };
    return { schema: { ...inner, ...rest }, isNullable: true };
  }

  followed(schema) {
    if (!schema.$ref) return schema;
    const { $ref, ...rest } = schema;
    return { ...this.definitions[$ref.replace('#/definitions/', '')], ...rest };
  }
}

export function kindOf(schema) {
  if (schema.enum) return schema.enum.length === 1 ? 'constant' : 'choice';
  if (schema.anyOf) return schema.anyOf.some(isObject) ? 'variants' : 'text';
  if (schema.type === 'object') return schema.properties ? 'object' : 'json';
  if (schema.type === 'array') return schema.items ? 'array' : 'json';
  if (schema.format === 'date-time') return 'instant';
  if (schema.type === undefined) return 'json';
  return { boolean: 'boolean', integer: 'number', number: 'number' }[schema.type] ?? 'text';
}

const isObject = (schema) => schema.type === 'object' || schema.$ref !== undefined;

// What somebody who fills it in should know, in a few words.
export function hintOf(schema) {
  const words = [schema.description?.replace(/\s+/g, ' ')];
  if (schema.minimum !== undefined) words.push(`at least ${schema.minimum}`);
  if (schema.maximum !== undefined && schema.maximum < Number.MAX_SAFE_INTEGER) {
    words.push(`at most ${schema.maximum}`);
  }
  if (schema.maxItems !== undefined) words.push(`up to ${schema.maxItems}`);
  if (schema.default !== undefined && schema.default !== null) {
    words.push(`by default ${JSON.stringify(schema.default)}`);
  }
  return words.filter(Boolean).join('; ');
}

// What to call a value that is no member of anything.
export const nameOf = (schema) => schema.title ?? schema.type ?? 'value';
