// What must not compile: tsc fails where an expected error does not come.
import { QueryClient, useMutation, useQuery } from '@tanstack/react-query';
import { createTRPCClient, httpBatchLink } from '@trpc/client';
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query';
import type { AppRouter } from './contract';

const trpc = createTRPCOptionsProxy<AppRouter>({
  client: createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: '/rpc' })] }),
  queryClient: new QueryClient(),
});

export function useQueries() {
  // @ts-expect-error a mutation is not queried
  trpc.enrollment.enroll.queryOptions({ courseId: 'algebra' });
  // @ts-expect-error the input has no such field
  trpc.enrollment.list.queryOptions({ limit: 5, page: 2 });
  // @ts-expect-error the field is a number
  trpc.enrollment.list.queryOptions({ limit: '5' });
  // @ts-expect-error there is no such procedure
  trpc.enrollment.lost.queryOptions();
  const page = useQuery(trpc.enrollment.list.queryOptions());
  // @ts-expect-error it is not there yet
  page.data.items;
}

export function useMutations() {
  // @ts-expect-error a query is not mutated
  trpc.enrollment.list.mutationOptions();
  const enroll = useMutation(trpc.enrollment.enroll.mutationOptions());
  // @ts-expect-error a required field is missing
  enroll.mutate({});
  // @ts-expect-error there is no such reason
  return enroll.error?.data?.reason === 'fool';
}

export function useInfinity() {
  // @ts-expect-error the input has no cursor
  trpc.types.find.infiniteQueryOptions(3);
  // @ts-expect-error there is no input at all
  trpc.deep.er.numbers.infiniteQueryOptions();
  trpc.enrollment.list.infiniteQueryOptions(
    { limit: 5 },
    // @ts-expect-error a page has no such member
    { getNextPageParam: (page) => page.after },
  );
  trpc.enrollment.search.infiniteQueryOptions(
    { text: 'ada' },
    // @ts-expect-error a cursor is text
    { getNextPageParam: (page) => page.nextCursor, initialCursor: 3 },
  );
  // @ts-expect-error a required field is missing
  trpc.enrollment.search.infiniteQueryOptions({}, { getNextPageParam: (page) => page.nextCursor });
}
