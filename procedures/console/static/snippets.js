// A call as text to paste. A token stands for who calls: `rollcall token ACCOUNT` prints one.

import { BASE, batchOf, requestOf } from './api.js';

const isPublic = (procedure) => !procedure.middleware.some((step) => step.name === 'authed');
const needsToken = (calls) => calls.some((call) => !isPublic(call.procedure));

export const LANGUAGES = { curl, TypeScript: typescript, Python: python };

// Each takes the calls of one request: one, or those of a batch.
function curl(calls) {
  const [{ procedure, input }] = calls;
  const { method, url, body } = calls.length > 1 ? batchOf(calls) : requestOf(procedure, input);
  const lines = [`curl ${method === 'GET' && isStream(calls) ? '-N ' : ''}${quoted(url)}`];
  if (needsToken(calls)) lines.push('  -H "authorization: Bearer $ROLLCALL_TOKEN"');
  if (method === 'POST') {
    lines.push("  -H 'content-type: application/json'", `  -d ${quoted(body ?? '')}`);
  }
  return lines.join(' \\\n');
}

const isStream = (calls) => calls[0].procedure.type === 'subscription';
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function typescript(calls) {
  const link = isStream(calls) ? 'httpSubscriptionLink' : 'httpBatchLink';
  const token = isStream(calls) ? eventHeaders(calls) : headers(calls);
  return [
    `import { createTRPCClient, ${link} } from '@trpc/client';`,
    ...(isStream(calls) && needsToken(calls) ? ["import { EventSource } from 'eventsource';"] : []),
    "import type { AppRouter } from './app-router'; // rollcall types -o app-router.ts",
    '',
    'const trpc = createTRPCClient<AppRouter>({',
    `  links: [${link}({ url: '${BASE}'${token} })],`,
    '});',
    ...body(calls),
  ].join('\n');
}

const TOKEN = '{ authorization: `Bearer ${process.env.ROLLCALL_TOKEN}` }';
const headers = (calls) => (needsToken(calls) ? `, headers: ${TOKEN}` : '');

function eventHeaders(calls) {
  if (!needsToken(calls)) return '';
  const fetching = `(url, init) => fetch(url, { ...init, headers: { ...init.headers, ...${TOKEN} } })`;
  return `, EventSource, eventSourceOptions: { fetch: ${fetching} }`;
}

function body(calls) {
  const [{ procedure, input }] = calls;
  if (isStream(calls)) {
    const listen = '{ onData: (event) => console.log(event), onError: console.error }';
    return [`trpc.${procedure.name}.subscribe(${spelled(input)}, ${listen});`];
  }
  const each = calls.map((call) => `trpc.${call.procedure.name}.${verb(call)}(${given(call.input)})`);
  if (each.length === 1) return [`console.log(await ${each[0]});`];
  return ['const answers = await Promise.all([', ...each.map((one) => `  ${one},`), ']);',
    'console.log(answers);'];
}

const verb = (call) => (call.procedure.type === 'mutation' ? 'mutate' : 'query');
const given = (input) => (input === undefined ? '' : spelled(input));

// A value as TypeScript has it.
function spelled(value) {
  if (value === undefined) return 'undefined';
  if (typeof value === 'string') return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(spelled).join(', ')}]`;
  const members = Object.entries(value).map(([name, part]) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
    return `${key}: ${spelled(part)}`;
  });
  return members.length ? `{ ${members.join(', ')} }` : '{}';
}

// As the client of `procedures.client` takes it: the extra `client`.
function python(calls) {
  const token = needsToken(calls) ? ', token=os.environ["ROLLCALL_TOKEN"]' : '';
  return [
    ...(token ? ['import os', ''] : []),
    'from procedures.client import Client',
    '',
    `with Client("${BASE}"${token}) as client:`,
    ...pythonBody(calls).map((line) => `    ${line}`),
  ].join('\n');
}

function pythonBody(calls) {
  if (isStream(calls)) return [`for event in ${pythonCall('client', calls[0])}:`, '    print(event)'];
  if (calls.length === 1) return [`print(${pythonCall('client', calls[0])})`];
  return [
    'with client.batch() as batch:',
    '    answers = [',
    ...calls.map((call) => `        ${pythonCall('batch', call)},`),
    '    ]',
    'for answer in answers:',
    '    print(answer.error or answer.value)',
  ];
}

function pythonCall(on, { procedure, input }) {
  const named = Object.entries(input ?? {}).map(([name, value]) => `${snake(name)}=${literal(value)}`);
  return `${on}.${procedure.name.split('.').map(snake).join('.')}(${named.join(', ')})`;
}

const snake = (name) => name.replace(/(?<=[a-z0-9])[A-Z]/g, (capital) => `_${capital}`).toLowerCase();

function literal(value) {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}: ${literal(part)}`).join(', ')}}`;
}
