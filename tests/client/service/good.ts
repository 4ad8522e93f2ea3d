// What has to compile against the service's own AppRouter file.
import {
  createTRPCClient,
  httpBatchLink,
  httpBatchStreamLink,
  httpSubscriptionLink,
  isTRPCClientError,
  loggerLink,
  safe,
  splitLink,
} from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type {
  AppRouter,
  Course,
  EnrollInput,
  Enrollment,
  EnrollmentFilter,
  ErrorReason,
  Me,
} from '../app-router';

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(..._proof: Same<A, B> extends true ? [] : ['these types differ']): void {}

type Inputs = inferRouterInputs<AppRouter>;
type Outputs = inferRouterOutputs<AppRouter>;

const trpc = createTRPCClient<AppRouter>({
  links: [
    loggerLink(),
    splitLink({
      condition: (op) => op.type === 'subscription',
      true: httpSubscriptionLink({ url: '/rpc' }),
      false: splitLink({
        condition: (op) => op.context['stream'] === true,
        true: httpBatchStreamLink({ url: '/rpc' }),
        false: httpBatchLink({ url: '/rpc', methodOverride: 'POST', headers: { 'x-a': 'b' } }),
      }),
    }),
  ],
});

export async function inputs() {
  same<Inputs['enrollment']['list'], EnrollmentFilter | undefined | void>();
  same<Inputs['auth']['logout'], void | undefined>();
  same<NonNullable<EnrollInput['role']>, Enrollment['role']>();
  await trpc.enrollment.enroll.mutate({ courseId: 'crs_open' });
  await trpc.enrollment.enroll.mutate({ realmId: 'sec_red', userId: 'usr_leo', role: 'teacher' });
  await trpc.enrollment.enroll.mutate({ courseId: 'crs_open', metadata: { seat: [1, null] } });
  await trpc.enrollment.unenroll.mutate({ id: 'enr_lia', reason: 'moved' });
  await trpc.enrollment.list.query();
  await trpc.enrollment.list.query({ status: ['active', 'waitlisted'], sort: 'updatedAt' });
  await trpc.course.get.query({ courseId: 'crs_open' }, { signal: new AbortController().signal });
  await trpc.course.update.mutate({ courseId: 'crs_open', capacity: null });
  await trpc.auth.logout.mutate();
  await trpc.system.health.query(undefined, { context: { stream: true } });
}

export async function outputs() {
  const record = await trpc.enrollment.enroll.mutate({ courseId: 'crs_open' });
  const same_record: Enrollment = record;
  same<typeof record.id, string>();
  same<typeof record.courseId, string | null>();
  same<typeof record.deletedAt, string | undefined>();
  same<(typeof record.metadata)[string], unknown>();
  same<Outputs['enrollment']['unenroll'], Outputs['enrollment']['get']>();
  const page = await trpc.enrollment.list.query({ limit: 10 });
  same<typeof page.total, number>();
  await trpc.enrollment.list.query({ cursor: page.nextCursor });
  const events = await trpc.enrollment.history.query({ courseId: 'crs_open' });
  const last = events.items.at(-1);
  const course: Course = await trpc.course.get.query({ courseId: 'crs_open' });
  const me: Me = await trpc.auth.me.query();
  const orgs = me.orgs.filter((org) => org.verified).map((org) => org.role);
  const { status } = await trpc.system.health.query();
  same<typeof status, 'ok'>();
  return { same_record, events, last: last?.toStatus ?? 'gone', course, orgs };
}

export function thrown(error: unknown): string {
  if (!isTRPCClientError<AppRouter>(error) || !error.data) return 'not an answer';
  same<typeof error.data.reason, ErrorReason | undefined>();
  same<typeof error.data.httpStatus, number>();
  switch (error.data.reason) {
    case 'already_enrolled':
      return 'you are in';
    case 'full':
      return 'no seat';
    case 'not_member':
      return 'not yours';
    default:
      return error.data.code === 'UNAUTHORIZED' ? 'sign in' : error.message;
  }
}

export async function kept() {
  const [record, error] = await safe(trpc.enrollment.enroll.mutate({ courseId: 'crs_open' }));
  if (!error) return record.status;
  if (error.data?.reason === 'prerequisites_not_met') return 'not yet';
  const [left, stays] = await safe(trpc.enrollment.unenroll.mutate({ courseId: 'crs_open' }));
  if (stays) return stays.data?.reason === 'suspended' ? 'held' : stays.data?.code;
  return left.status;
}
