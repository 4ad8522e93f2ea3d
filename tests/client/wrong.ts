// What must not compile: tsc fails where an expected error does not come.
import { createTRPCClient, httpBatchLink, isTRPCClientError, safe } from '@trpc/client';
import type { AppRouter, Record as EnrollmentRecord } from './contract';

const client = createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: '/rpc' })] });

createTRPCClient<AppRouter>({
  links: [
    // @ts-expect-error the wire is plain JSON: no transformer
    httpBatchLink({ url: '/rpc', transformer: { serialize: String, deserialize: String } }),
  ],
});

export async function inputs() {
  // @ts-expect-error a required input is missing
  await client.enrollment.enroll.mutate();
  // @ts-expect-error a required field is missing
  await client.enrollment.enroll.mutate({ status: 'active' });
  // @ts-expect-error a field has the wrong type
  await client.enrollment.enroll.mutate({ courseId: 3 });
  // @ts-expect-error a field has the name it has in Python
  await client.enrollment.enroll.mutate({ course_id: 'algebra' });
  // @ts-expect-error there is no such field
  await client.enrollment.enroll.mutate({ courseId: 'algebra', seat: 1 });
  // @ts-expect-error the enum has no such value
  await client.enrollment.enroll.mutate({ courseId: 'algebra', status: 'ACTIVE' });
  // @ts-expect-error what has a default may be absent, not null
  await client.enrollment.enroll.mutate({ courseId: 'algebra', note: null });
  // @ts-expect-error nothing is taken
  await client.auth.logout.mutate({});
  // @ts-expect-error an input of any type is still one argument
  await client.types.anything.query();
  // @ts-expect-error the optional input is a number
  await client.types.find.query('3');
  // @ts-expect-error the tag is missing
  await client.types.draw.mutate({ radius: 1 });
  // @ts-expect-error the tag belongs to the other member
  await client.types.draw.mutate({ kind: 'square', radius: 1 });
  // @ts-expect-error the tuple has a first element
  await client.types.span.mutate([]);
  // @ts-expect-error the tuple has two elements
  await client.types.span.mutate(['2026-01-01', null, null]);
  // @ts-expect-error a required key of the TypedDict is missing
  await client.types.badge.mutate({ color: 'red' });
  // @ts-expect-error a required field of the dataclass is missing
  await client.types.place.mutate({ floor: 1 });
  // @ts-expect-error a field without default is required inside, too
  await client.types.move.mutate({ name: 'Ada', address: { country: 'DE' } });
}

export async function outputs(record: EnrollmentRecord) {
  // @ts-expect-error unknown has to be looked at first
  record.anything.length;
  // @ts-expect-error it may be null
  record.maybe.length;
  // @ts-expect-error it may be absent
  record.leftOut.length;
  // @ts-expect-error the enum has no such value
  if (record.status === 'gone') return;
  const all = await client.types.containers.query();
  // @ts-expect-error there is no third element
  all.pair[2];
  // @ts-expect-error the key is none of the literals
  all.by_choice.z;
  // @ts-expect-error a union is told apart first
  all.shape.radius;
  // @ts-expect-error an index may miss
  all.numbers[0].toFixed();
}

export async function procedures() {
  // @ts-expect-error a query is not mutated
  await client.enrollment.list.mutate();
  // @ts-expect-error a mutation is not queried
  await client.enrollment.enroll.query({ courseId: 'algebra' });
  // @ts-expect-error a subscription is not queried
  await client.ticks.query();
  // @ts-expect-error there is no such procedure
  await client.enrollment.drop.mutate();
  // @ts-expect-error there is no such namespace
  await client.enrolment.list.query();
  // @ts-expect-error a namespace is not called
  await client.enrollment.query();
  // @ts-expect-error the items are statuses
  for await (const status of await client.deep.er.rows.query()) status.toFixed();
  // @ts-expect-error the items are numbers
  for await (const tick of client.ticks.subscribe(undefined)) tick.length;
}

export async function errors(thrown: unknown) {
  if (isTRPCClientError<AppRouter>(thrown) && thrown.data) {
    // @ts-expect-error there is no such code
    if (thrown.data.code === 'GONE') return;
    // @ts-expect-error there is no such reason
    if (thrown.data.reason === 'fool') return;
  }
  const [, enrolled] = await safe(client.enrollment.enroll.mutate({ courseId: 'algebra' }));
  // @ts-expect-error the reason belongs to another procedure
  if (enrolled?.data?.reason === "it's gone") return;
  const [, listed] = await safe(client.enrollment.list.query());
  // @ts-expect-error this procedure declares no reasons
  listed?.data?.reason;
}
