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

function python(calls) {
  return calls.map((call) => `# ${call.procedure.name}`).join('\n');
}
