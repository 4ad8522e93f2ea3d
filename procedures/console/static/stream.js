// A subscription over server-sent events, as httpSubscriptionLink opens one: it goes on behind the
// last event it has seen, also when the server was away.

import { requestOf } from './api.js';

const PAUSE = 1000; // milliseconds until the next try where the browser has given up

export class Stream {
  // `tell(kind, what)`: connected, event { id, data }, waiting, refused { error }, ended.
  constructor(procedure, input, tell) {
    this.url = requestOf(procedure, input).url;
    this.tell = tell;
    this.lastId = null;
    this.open();
  }

  open() {
    const source = new EventSource(this.address());
    this.source = source;
    source.addEventListener('connected', () => this.tell('connected'));
    source.addEventListener('return', () => this.end('ended'));
    source.addEventListener('serialized-error', (event) => {
      this.end('refused', { error: JSON.parse(event.data) });
    });
    source.addEventListener('message', (event) => this.take(event));
    source.addEventListener('error', () => this.lost());
  }

  address() {
    if (this.lastId === null) return this.url;
    const joint = this.url.includes('?') ? '&' : '?';
    return `${this.url}${joint}lastEventId=${encodeURIComponent(this.lastId)}`;
  }

  take(event) {
    if (event.lastEventId) this.lastId = event.lastEventId;
    this.tell('event', { id: event.lastEventId || null, data: JSON.parse(event.data) });
  }

  // A lost connection the browser mends itself; an answer that is no stream it does not.
  async lost() {
    if (this.source.readyState !== EventSource.CLOSED) return this.tell('waiting');
    const refusal = await this.refusal();
    if (this.isOver) return undefined;
    if (refusal) return this.end('refused', { error: refusal });
    this.tell('waiting');
    this.timer = setTimeout(() => this.open(), PAUSE);
    return undefined;
  }

  // Why there is no stream, unless it is worth another try.
  async refusal() {
    const stop = new AbortController();
    try {
      const answer = await fetch(this.address(), { signal: stop.signal });
      const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream');
      if (isStream || answer.status === 503) return null;
      return (await answer.json()).error;
    } catch {
      return null;
    } finally {
      stop.abort();
    }
  }

  end(kind, what) {
    this.close();
    this.tell(kind, what);
  }

  close() {
    this.isOver = true;
    clearTimeout(this.timer);
    this.source.close();
  }
}
