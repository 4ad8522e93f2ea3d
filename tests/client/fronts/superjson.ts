// Superjson's values in a front end with generated types. Argument: the URL of the mount.
import {
  createTRPCClient,
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  httpSubscriptionLink,
  splitLink,
} from '@trpc/client';
import { EventSource } from 'eventsource';
import superjson from 'superjson';
import type { AppRouter, Status, Values } from './contract';

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(..._proof: Same<A, B> extends true ? [] : ['these types differ']): void {}

declare const process: { argv: string[] };
const [, , url = ''] = process.argv;
const options = { url, transformer: superjson };
const trpc = createTRPCClient<AppRouter>({
  links: [
    splitLink({
      condition: (op) => op.type === 'subscription',
      true: httpSubscriptionLink({ ...options, EventSource }),
      false: splitLink({
        condition: (op) => op.context['stream'] === true,
        true: httpBatchStreamLink(options),
        false: httpBatchLink(options),
      }),
    }),
  ],
});

export function types(values: Values) {
  same<typeof values.at, Date>();
  same<typeof values.maybe, Date | null>();
  same<typeof values.tags, Set<string>>();
  same<typeof values.dates, Set<Date>[]>();
  same<typeof values.byNumber, Map<number, string> | { [key: string]: undefined }>();
  same<typeof values.byStatus, Map<Status, Date> | { [key: string]: undefined }>();
  same<typeof values.byFlag, Map<boolean, number> | { [key: string]: undefined }>();
  same<typeof values.byName, { [key: string]: Date }>();
  same<typeof values.byEither, Map<string | number, string> | { [key: string]: string }>();
  same<typeof values.any, Map<unknown, unknown>>();
  same<typeof values.big, bigint>();
  same<typeof values.count, number>();
  same<typeof values.link, URL>();
  same<typeof values.pattern, RegExp>();
  same<typeof values.failure, Error>();
  same<typeof values.id, string>();
  same<typeof values.day, string>();
  same<typeof values.gone, string | undefined>();
}

export function narrowed({ byNumber, byEither }: Values) {
  if (byNumber instanceof Map) same<typeof byNumber, Map<number, string>>();
  else same<(typeof byNumber)['1'], undefined>();
  if (byEither instanceof Map) same<typeof byEither, Map<string | number, string>>();
  else same<typeof byEither, { [key: string]: string }>();
}

const kind = (value: unknown) => (value === undefined ? 'undefined' : Object(value).constructor.name);
const kinds = (values: Values) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, kind(value)]));

const values = await trpc.values.get.query();
const echoed = await trpc.values.echo.mutate({
  ...values,
  at: new Date(0),
  byNumber: new Map([[1, 'one']]),
  tags: new Set(['sent']),
});
const streamed: string[] = [];
for await (const at of await trpc.values.stream.query(undefined, { context: { stream: true } })) {
  same<typeof at, Date>();
  streamed.push(at.toISOString());
}
const followed = await new Promise<Date>((resolve, reject) => {
  trpc.values.follow.subscribe(undefined, { onData: resolve, onError: reject });
});
const none = await trpc.values.none.query();
const told = {
  got: kinds(values),
  echoed: kinds(echoed),
  at: echoed.at.getTime(),
  tags: [...echoed.tags],
  one: echoed.byNumber instanceof Map && echoed.byNumber.get(1),
  streamed,
  followed: followed.toISOString(),
  none: kind(none),
  isNone: none === undefined,
};
console.log(JSON.stringify(told));

export async function wrong() {
  // @ts-expect-error there is a transformer
  createTRPCClient<AppRouter>({ links: [httpLink({ url })] });
  // @ts-expect-error an instant is a Date
  values.at.slice(0, 10);
  // @ts-expect-error a Set is no array
  values.tags.map(String);
  // @ts-expect-error a Date is not sent as a text
  await trpc.values.echo.mutate({ ...values, at: '2026-01-01' });
  // @ts-expect-error an empty dict comes as an object
  values.byNumber.get(1);
}
