/** The reader's own records, changed on the screen before the service has answered. */
import { useMutation, type Query, type QueryFilters } from '@tanstack/react-query';
import type { Course, Enrollment, Me } from './app-router';
import { queryClient, trpc } from './trpc';

const WHILE_WAITING = 10_000; // milliseconds

export const ownRecords = (me: Me) =>
  trpc.enrollment.list.queryOptions(
    { userId: me.userId, limit: 200 },
    {
      // One is told of one's own seat, not of those who move up ahead.
      refetchInterval: ({ state }) =>
        state.data?.items.some(({ status }) => status === 'waitlisted') ? WHILE_WAITING : false,
    },
  );

export function refresh() {
  void lookAnew(trpc.course.pathFilter());
  void lookAnew(trpc.enrollment.pathFilter());
}

async function lookAnew(filter: QueryFilters) {
  // A first look under way is not begun anew: it may be one at what was before.
  const first = queryClient.getQueryCache().findAll({ ...filter, predicate: isFirstLook });
  await queryClient.invalidateQueries(filter);
  for (const { queryKey } of first) {
    void queryClient.invalidateQueries({ queryKey, exact: true });
  }
}

const isFirstLook = ({ state }: Query) =>
  state.data === undefined && state.fetchStatus === 'fetching';

function settled() {
  // The last of several looks: what an earlier one finds would undo what the others expect.
  if (queryClient.isMutating() === 1) refresh();
}

type Change = { remove?: Enrollment | undefined; add?: Enrollment | undefined };

function change(me: Me, { remove, add }: Change) {
  queryClient.setQueryData(ownRecords(me).queryKey, (page) => {
    const others = page?.items.filter(({ id }) => id !== remove?.id && id !== add?.id);
    return page && others && { ...page, items: add ? [...others, add] : others };
  });
}

const stopLooking = (me: Me) => queryClient.cancelQueries(ownRecords(me));

export function useEnroll(course: Course, me: Me) {
  return useMutation(
    trpc.enrollment.enroll.mutationOptions({
      onMutate: async () => {
        await stopLooking(me);
        const expected = expectedRecord(course, me);
        change(me, { add: expected });
        return expected;
      },
      onSuccess: (record, _, expected) => change(me, { remove: expected, add: record }),
      onError: (_, __, expected) => change(me, { remove: expected }),
      onSettled: settled,
    }),
  );
}

export function useLeave(record: Enrollment | undefined, me: Me) {
  return useMutation(
    trpc.enrollment.unenroll.mutationOptions({
      onMutate: async () => {
        await stopLooking(me);
        change(me, { remove: record });
        return record;
      },
      onError: (_, __, former) => change(me, { add: former }),
      onSettled: settled,
    }),
  );
}

export const isFull = (course: Course) =>
  course.capacity !== null && course.enrollmentCount >= course.capacity;

function expectedStatus(course: Course): Enrollment['status'] {
  if (course.joinPolicy === 'request') return 'requested';
  return isFull(course) && course.waitlist ? 'waitlisted' : 'active';
}

function expectedRecord(course: Course, me: Me): Enrollment {
  const now = new Date().toISOString();
  return {
    id: `expected ${course.id}`,
    courseId: course.id,
    realmId: '',
    realmKind: 'section',
    userId: me.userId,
    role: 'student',
    status: expectedStatus(course),
    position: null,
    progress: 0,
    enrolledAt: now,
    beginAt: now,
    endAt: null,
    completedAt: null,
    statusAt: now,
    source: 'rpc',
    metadata: {},
    previousId: null,
    version: 0,
    updatedAt: now,
  };
}
