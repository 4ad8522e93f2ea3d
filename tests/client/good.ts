// What has to compile. `contract.ts` is generated from tests/rpc/every_type.py beside this file.
import {
  createTRPCClient,
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  httpSubscriptionLink,
  isTRPCClientError,
  loggerLink,
  safe,
  splitLink,
} from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs, TRPC_ERROR_CODE_KEY } from '@trpc/server';
import type {
  AddressInput,
  AppRouter,
  Badge,
  Circle,
  EnrollInput,
  ErrorReason,
  ListInput,
  PersonInput,
  Place,
  Point,
  Record as EnrollmentRecord,
  Span,
  SpanInput,
  Square,
  Status,
} from './contract';

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(..._proof: Same<A, B> extends true ? [] : ['these types differ']): void {}

type Inputs = inferRouterInputs<AppRouter>;
type Outputs = inferRouterOutputs<AppRouter>;

export const client = createTRPCClient<AppRouter>({
  links: [
    loggerLink(),
    splitLink({
      condition: (op) => op.type === 'subscription',
      true: httpSubscriptionLink({ url: '/rpc' }),
      false: splitLink({
        condition: (op) => op.context['stream'] === true,
        true: httpBatchStreamLink({ url: '/rpc' }),
        false: [httpBatchLink({ url: '/rpc', methodOverride: 'POST' })],
      }),
    }),
  ],
});
createTRPCClient<AppRouter>({ links: [httpLink({ url: '/rpc' })] });

export async function scalars(record: Outputs['enrollment']['enroll']) {
  same<typeof record.courseId, string>();
  same<typeof record.number, number>();
  same<typeof record.ratio, number>();
  same<typeof record.flag, boolean>();
  same<typeof record.nothing, null>();
  same<typeof record.enrolledAt, string>();
  same<typeof record.day, string>();
  same<typeof record.time, string>();
  same<typeof record.lasts, string>();
  same<typeof record.id, string>();
  same<typeof record.price, string>();
  same<typeof record.blob, string>();
  same<typeof record.anything, unknown>();
  same<typeof record.raw, unknown>();
  same<typeof record.maybe, string | null>();
  same<typeof record.defaulted, string | null>();
  same<typeof record.leftOut, string | undefined>();
  same<typeof record.status, 'active' | 'dropped'>();
  same<typeof record.level, 1 | 2>();
  same<typeof record.choice, 'a' | 3 | null>();
  same<(typeof record)['odd-key'], string>();
  const named: EnrollmentRecord = { ...record, anything: 1, raw: {} };
  return named;
}

export async function containers() {
  const all = await client.types.containers.query();
  same<typeof all.numbers, number[]>();
  same<typeof all.unique, string[]>();
  same<typeof all.frozen, string[]>();
  same<typeof all.many, number[]>();
  same<typeof all.pair, [number, string]>();
  same<typeof all.none, []>();
  same<typeof all.either, (number | null)[]>();
  same<typeof all.by_name, { [key: string]: number }>();
  same<(typeof all.by_name)['x'], number>();
  same<typeof all.by_number, { [key: number]: string }>();
  same<typeof all.by_status.active, number | undefined>();
  same<typeof all.by_choice.y, boolean | undefined>();
  same<typeof all.compact.size, number | undefined>();
  same<typeof all.badge.color, string | undefined>();
  const places: Place[] = all.places;
  const badge: Badge = all.badge;
  const point: Point = all.point;
  const [x, y] = point;
  const span: Span = all.span;
  const name: string | undefined = all.tree.children[0]?.children[0]?.name;
  return { places, badge, x, y, span, name };
}

export async function unions(shapes: (Circle | Square)[]) {
  await client.types.draw.mutate({ kind: 'circle', radius: 1 });
  const drawn = await client.types.draw.mutate({ kind: 'square', side: 2 });
  const same: typeof drawn = shapes;
  return same.map((shape) => {
    switch (shape.kind) {
      case 'circle':
        return shape.radius;
      case 'square':
        return shape.side;
    }
  });
}

export async function inputs() {
  same<Inputs['auth']['logout'], void | undefined>();
  same<Inputs['enrollment']['enroll'], EnrollInput>();
  same<Inputs['enrollment']['list'], void | ListInput | undefined>();
  same<Inputs['enrollment']['unenroll'], string>();
  same<Inputs['types']['find'], void | number | undefined>();
  same<Inputs['types']['anything'], unknown>();
  same<Inputs['types']['span'], SpanInput>();
  same<Inputs['types']['move'], PersonInput>();
  same<PersonInput['address'], AddressInput>();

  await client.enrollment.enroll.mutate({ courseId: 'algebra' });
  await client.enrollment.enroll.mutate({ courseId: 'algebra', status: 'active', tags: ['a'] });
  await client.enrollment.list.query();
  await client.enrollment.list.query(undefined, { signal: new AbortController().signal });
  await client.enrollment.list.query({ limit: 5 });
  await client.enrollment.list.query({ cursor: null });
  await client.types.find.query();
  await client.types.find.query(3);
  await client.types.anything.query(undefined);
  await client.types.anything.query({ whatever: [1] });
  await client.types.span.mutate(['2026-01-01']);
  await client.types.span.mutate(['2026-01-01', null]);
  await client.types.place.mutate({ room: 'A1' });
  await client.types.badge.mutate({ title: 'first' });
  await client.types.move.mutate({ name: 'Ada', address: { street: 'Main' } });
}

export async function outputs() {
  const moved = await client.types.move.mutate({ name: 'Ada', address: { street: 'Main' } });
  same<typeof moved.address.country, string>();
  same<Outputs['auth']['logout'], undefined>();
  same<Outputs['enrollment']['unenroll'], null>();
  same<Outputs['types']['find'], string | undefined>();
  same<Outputs['types']['anything'], unknown>();
  same<Outputs['types']['badge'], 1 | 2>();
  const page = await client.enrollment.list.query();
  same<typeof page.nextCursor, string | null>();
  same<(typeof page.items)[number]['status'], Status>();
}

export async function names() {
  const numbers = await client['with-dash']['42']['sl/ash'].query();
  same<typeof numbers.items, (number | null)[]>();
  await client['with-dash'][42]['sl/ash'].query();
  await client.deep.er.numbers.query();
  await client.function.query();
}

export async function streams() {
  for await (const status of await client.deep.er.rows.query()) {
    same<typeof status, Status>();
  }
  for await (const record of client.enrollment.onChange.subscribe({ cursor: 'c' })) {
    same<typeof record.status, Status>();
  }
  client.enrollment.onChange.subscribe(undefined, {
    onData: (record) => same<typeof record.courseId, string>(),
    onError: (error) => error.data?.code === 'UNAUTHORIZED',
  });
  const ticking = client.ticks.subscribe(undefined, {
    onData: (tick) => same<typeof tick, number>(),
  });
  ticking.unsubscribe();
  client.signals.subscribe(undefined, { onData: (signal) => same<typeof signal, unknown>() });
}

export async function errors(thrown: unknown) {
  same<ErrorReason, 'already_enrolled' | 'full' | "it's gone">();
  if (isTRPCClientError<AppRouter>(thrown) && thrown.data) {
    same<typeof thrown.data.code, TRPC_ERROR_CODE_KEY>();
    same<typeof thrown.data.reason, ErrorReason | undefined>();
    same<typeof thrown.data.httpStatus, number>();
  }
  const [record, error] = await safe(client.enrollment.enroll.mutate({ courseId: 'algebra' }));
  if (error) {
    same<NonNullable<typeof error.data>['reason'], 'already_enrolled' | 'full' | undefined>();
    return error.data?.code === 'CONFLICT';
  }
  same<typeof record.status, Status>();
  const [, gone] = await safe(client.enrollment.unenroll.mutate('key'));
  same<NonNullable<NonNullable<typeof gone>['data']>['reason'], "it's gone" | undefined>();
  return false;
}
