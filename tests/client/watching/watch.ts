// Follows enrollment.onChange of one course until it is killed, and tells what happens as lines of JSON.
// Arguments: the service's URL, the name of a link, a bearer token.
import { createTRPCClient, createWSClient, httpSubscriptionLink, wsLink } from '@trpc/client';
import { EventSource } from 'eventsource';
import type { AppRouter } from '../app-router';

declare const process: { argv: string[] };
const [, , url = '', kind = '', token = ''] = process.argv;
const authorization = `Bearer ${token}`;
const tell = (...words: unknown[]) => console.log(JSON.stringify(words));

/** As EventSource takes no headers, they are put in where it fetches. */
const fetchSigned: typeof fetch = (input, init) =>
  fetch(input, { ...init, headers: { ...(init?.headers as Record<string, string>), authorization } });

class Signed extends WebSocket {
  constructor(address: string | URL) {
    // Node's own constructor takes headers here, as no browser does.
    super(address, { headers: { authorization } } as never);
  }
}

function link() {
  if (kind === 'httpSubscriptionLink') {
    return httpSubscriptionLink({ url, EventSource, eventSourceOptions: { fetch: fetchSigned } });
  }
  const retryDelayMs = () => 50;
  const address = url.replace('http', 'ws');
  return wsLink({ client: createWSClient({ url: address, WebSocket: Signed, retryDelayMs }) });
}

const trpc = createTRPCClient<AppRouter>({ links: [link()] });
trpc.enrollment.onChange.subscribe({ courseId: 'crs_open' }, {
  onStarted: () => tell('started'),
  onData: ({ id, data }) => tell('event', id, data.userId, data.toStatus),
  onError: (error) => tell('error', error.data?.code ?? error.message),
  onComplete: () => tell('complete'),
});
