// What must not compile: tsc fails where an expected error does not come.
import { createTRPCClient, httpBatchLink, isTRPCClientError, safe } from '@trpc/client';
import type { AppRouter, Enrollment } from '../app-router';

const trpc = createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: '/rpc' })] });

export async function inputs() {
  // @ts-expect-error a key is a string
  await trpc.enrollment.enroll.mutate({ courseId: 3 });
  // @ts-expect-error a key is a string
  await trpc.enrollment.enroll.mutate({ realmId: { id: 'sec_red' } });
  // @ts-expect-error the organization is never the caller's to say
  await trpc.enrollment.enroll.mutate({ courseId: 'crs_open', orgId: 'acme' });
  // @ts-expect-error the name on the wire is courseId
  await trpc.enrollment.enroll.mutate({ course_id: 'crs_open' });
  // @ts-expect-error there is no such role
  await trpc.enrollment.enroll.mutate({ courseId: 'crs_open', role: 'learner' });
  // @ts-expect-error nobody starts as completed
  await trpc.enrollment.enroll.mutate({ courseId: 'crs_open', status: 'completed' });
  // @ts-expect-error what has a default may be absent, not null
  await trpc.enrollment.enroll.mutate({ courseId: 'crs_open', force: null });
  // @ts-expect-error a record is addressed by its key, not by a number
  await trpc.enrollment.unenroll.mutate({ id: 5 });
  // @ts-expect-error the statuses are a list
  await trpc.enrollment.list.query({ status: 'active' });
  // @ts-expect-error the course must be named
  await trpc.course.get.query({});
  // @ts-expect-error the course must be named
  await trpc.course.publish.mutate();
  // @ts-expect-error the password must be given
  await trpc.auth.login.mutate({ email: 'lia@acme.example' });
  // @ts-expect-error nothing is taken
  await trpc.auth.logout.mutate({ everywhere: true });
}

export async function outputs(record: Enrollment) {
  // @ts-expect-error a group's record has no course
  record.courseId.length;
  // @ts-expect-error only a record that has ended has it
  record.deletedAt.length;
  // @ts-expect-error there is no such status
  if (record.status === 'gone') return;
  // @ts-expect-error unknown has to be looked at first
  record.metadata['seat'].length;
  const page = await trpc.enrollment.list.query();
  // @ts-expect-error the list may be empty
  page.items[0].id;
  // @ts-expect-error the last page has no cursor
  page.nextCursor.length;
}

export async function procedures() {
  // @ts-expect-error a query is not mutated
  await trpc.enrollment.list.mutate();
  // @ts-expect-error a mutation is not queried
  await trpc.enrollment.enroll.query({ courseId: 'crs_open' });
  // @ts-expect-error a query is not subscribed to
  trpc.auth.me.subscribe(undefined, {});
  // @ts-expect-error there is no such procedure
  await trpc.enrollment.drop.mutate({ courseId: 'crs_open' });
  // @ts-expect-error there is no such namespace
  await trpc.enrolment.list.query();
  // @ts-expect-error a namespace is not called
  await trpc.enrollment.query();
}

export async function errors(thrown: unknown) {
  if (isTRPCClientError<AppRouter>(thrown) && thrown.data) {
    // @ts-expect-error there is no such code
    if (thrown.data.code === 'GONE') return;
    // @ts-expect-error there is no such reason
    if (thrown.data.reason === 'enrolled_already') return;
  }
  const [, left] = await safe(trpc.enrollment.unenroll.mutate({ courseId: 'crs_open' }));
  // @ts-expect-error the reason belongs to enroll
  if (left?.data?.reason === 'already_enrolled') return;
  const [me, refused] = await safe(trpc.auth.me.query());
  // @ts-expect-error whether it was refused is asked first
  me.userId;
  // @ts-expect-error it is no member's call
  if (refused?.data?.reason === 'not_member') return;
  const [, unhealthy] = await safe(trpc.system.health.query());
  // @ts-expect-error it declares no reason of its own
  if (unhealthy?.data?.reason === 'not_member') return;
}
