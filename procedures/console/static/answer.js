// What was sent and what came back.

import { h, shownJson } from './dom.js';

export function shownAnswer(done) {
  if (done.failure !== undefined) {
    return h('div', { class: 'answer bad' }, requestLine(done.request),
      h('p', { class: 'failure' }, `No answer: ${done.failure}`));
  }
  const isBad = done.status >= 400;
  const several = Array.isArray(done.envelope);
  return h('div', { class: `answer ${isBad ? 'bad' : 'good'}` },
    requestLine(done.request),
    done.request.body !== undefined && shownJson(JSON.parse(done.request.body)),
    h('p', { class: 'status' },
      h('strong', {}, `${done.status} ${done.statusText}`),
      ` · ${done.ms.toFixed(1)} ms · ${done.bytes.toLocaleString('en')} bytes`,
      done.id && h('span', {}, ' · request ', h('code', {}, done.id))),
    !several && refusal(done.envelope?.error),
    shownJson(done.envelope));
}

function requestLine({ method, url }) {
  const { pathname, search } = new URL(url);
  return h('p', { class: 'request' }, h('strong', {}, method), ' ',
    h('code', {}, pathname + decodeURIComponent(search)));
}

function refusal(error) {
  if (!error?.data) return null;
  const { code, reason } = error.data;
  return h('p', { class: 'refusal' }, h('code', { class: 'chip bad' }, reason ?? code), ` ${error.message}`);
}
