// What has to compile with TanStack Query. `contract.ts` comes from tests/rpc/every_type.py.
import {
  QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useSuspenseQuery,
} from '@tanstack/react-query';
import { createTRPCClient, httpBatchLink } from '@trpc/client';
import { createTRPCContext, createTRPCOptionsProxy } from '@trpc/tanstack-react-query';
import type { AppRouter, Status } from './contract';

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(..._proof: Same<A, B> extends true ? [] : ['these types differ']): void {}

const queryClient = new QueryClient();
const client = createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: '/rpc' })] });
const trpc = createTRPCOptionsProxy<AppRouter>({ client, queryClient });
export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();

export function useQueries() {
  const bare = useQuery(trpc.enrollment.list.queryOptions());
  same<typeof bare.data, Page | undefined>();
  const limited = useSuspenseQuery(trpc.enrollment.list.queryOptions({ limit: 5 }));
  same<typeof limited.data, Page>();
  useQuery(trpc['with-dash']['42']['sl/ash'].queryOptions());
  useQuery(useTRPC().types.find.queryOptions(3, { staleTime: 1000 }));
}
type Page = Awaited<ReturnType<typeof client.enrollment.list.query>>;

export function useMutations() {
  const enroll = useMutation(
    trpc.enrollment.enroll.mutationOptions({
      onSuccess: (record) => same<typeof record.status, Status>(),
    }),
  );
  enroll.mutate({ courseId: 'algebra' });
  const logout = useMutation(trpc.auth.logout.mutationOptions());
  logout.mutate();
  const code = enroll.error?.data?.code;
  const reason = enroll.error?.data?.reason;
  return code === 'CONFLICT' && reason === 'full';
}

export function useInfinity() {
  const pages = useInfiniteQuery(
    trpc.enrollment.list.infiniteQueryOptions(
      { limit: 5 },
      { getNextPageParam: (page) => page.nextCursor, initialCursor: null },
    ),
  );
  same<NonNullable<typeof pages.data>['pages'], Page[]>();
  useInfiniteQuery(
    trpc.enrollment.search.infiniteQueryOptions(
      { text: 'ada' },
      { getNextPageParam: (page) => page.nextCursor, initialCursor: 'c1' },
    ),
  );
  return pages.data?.pages.flatMap((page) => page.items.map((record) => record.courseId));
}

export async function invalidation() {
  await queryClient.invalidateQueries(trpc.enrollment.pathFilter());
  await queryClient.invalidateQueries(trpc.enrollment.list.queryFilter({ limit: 5 }));
  const known = queryClient.getQueryData(trpc.enrollment.list.queryKey({ limit: 5 }));
  same<typeof known, Page | undefined>();
}
