// Calls as a tRPC client makes them, with all that came back.

export const BASE = `${location.origin}/rpc`;

export async function load(name) {
  const answer = await fetch(`/console/${name}.json`);
  return answer.ok ? answer.json() : null;
}

// One call as a request. `input` undefined: without any.
export function requestOf(procedure, input) {
  const url = `${BASE}/${procedure.name}`;
  if (procedure.type === 'mutation') return posted(url, input);
  return { method: 'GET', url: input === undefined ? url : `${url}?input=${encoded(input)}` };
}

// Several calls of one type as one request; what has no input has no member.
export function batchOf(calls) {
  const url = `${BASE}/${calls.map((call) => call.procedure.name).join(',')}?batch=1`;
  const inputs = Object.fromEntries(
    calls.map((call, index) => [index, call.input]).filter(([, input]) => input !== undefined),
  );
  if (calls[0].procedure.type === 'mutation') return posted(url, inputs);
  return { method: 'GET', url: `${url}&input=${encoded(inputs)}` };
}

function posted(url, input) {
  return { method: 'POST', url, body: input === undefined ? undefined : JSON.stringify(input) };
}

const encoded = (input) => encodeURIComponent(JSON.stringify(input));

// Sends a request: `{ request, status, statusText, ms, bytes, id, envelope }`, `failure` where
// nothing came back.
export async function send(request) {
  const begun = performance.now();
  const { method, url, body } = request;
  const headers = method === 'POST' ? { 'content-type': 'application/json' } : {};
  try {
    const answer = await fetch(url, { method, body, headers });
    const text = await answer.text();
    const ms = performance.now() - begun;
    const { status, statusText } = answer;
    const id = answer.headers.get('x-request-id');
    return { request, status, statusText, ms, bytes: text.length, id, envelope: parsed(text) };
  } catch (error) {
    return { request, failure: error.message, ms: performance.now() - begun };
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export class Refused extends Error {
  constructor(status, error) {
    super(error?.message ?? 'no answer');
    this.status = status;
    this.data = error?.data ?? {};
  }
}

// The data of one call's answer. Throws Refused.
export async function ask(type, name, input) {
  const done = await send(requestOf({ type, name }, input));
  if (done.status === 200) return done.envelope.result.data;
  throw new Refused(done.status, done.envelope?.error ?? { message: done.failure });
}
