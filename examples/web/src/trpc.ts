/** The typed client: calls go in batches, subscriptions over server-sent events. */
import { QueryClient } from '@tanstack/react-query';
import {
  createTRPCClient,
  httpBatchLink,
  httpSubscriptionLink,
  isTRPCClientError,
  retryLink,
  splitLink,
} from '@trpc/client';
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query';
import type { AppRouter } from './app-router';

const url = '/rpc';
const MAX_BATCH_SIZE = 50; // the service refuses more
const LONGEST_PAUSE = 4_000; // milliseconds

/** Whether the service has said no: asking again would not help. */
function isRefusal(error: unknown) {
  return isTRPCClientError<AppRouter>(error) && !!error.data && error.data.httpStatus < 500;
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 30_000, retry: (count, error) => count < 2 && !isRefusal(error) },
  },
});

const client = createTRPCClient<AppRouter>({
  links: [
    splitLink({
      condition: (op) => op.type === 'subscription',
      true: [
        // A browser comes back by itself when a stream ends, but not from the 502 of a proxy
        // whose service is restarting. Both ways it names the last event it has seen.
        retryLink({
          retry: ({ error }) => !isRefusal(error),
          retryDelayMs: (attempts) => Math.min(250 * 2 ** attempts, LONGEST_PAUSE),
        }),
        httpSubscriptionLink({ url }),
      ],
      false: httpBatchLink({ url, maxItems: MAX_BATCH_SIZE }),
    }),
  ],
});

export const trpc = createTRPCOptionsProxy<AppRouter>({ client, queryClient });
