// One step with each link of @trpc/client against the conformance router; told as one JSON object.
// Arguments: the server's URL, without the mount.
import {
  createTRPCClient,
  createWSClient,
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  httpSubscriptionLink,
  wsLink,
} from '@trpc/client';

const [, , server] = process.argv;
const url = `${server}/trpc`;
const client = (link) => createTRPCClient({ links: [link] });

const refusal = (call) =>
  call.then(
    () => 'no refusal',
    (error) => ({ message: error.message, ...error.data }),
  );

async function plain(trpc) {
  const [hello, greeting, sum, absent, refused] = await Promise.all([
    trpc.hello.query(),
    trpc.greet.query({ name: 'é' }),
    trpc.sum.mutate({ numbers: [1, 2] }),
    trpc.out.undefined.query(),
    refusal(trpc.errors.throw.query({ code: 'CONFLICT', message: 'taken' })),
  ]);
  return { hello, greeting, sum, isUndefined: absent === undefined, refused };
}

async function streamed(trpc) {
  const { items } = await trpc.stream.inObject.query();
  const numbers = [];
  for await (const item of items) numbers.push(item);
  const { later } = await trpc.stream.promise.query();
  return { ...(await plain(trpc)), numbers, later: await later };
}

function values(procedure, input) {
  const seen = [];
  return new Promise((resolve, reject) => {
    procedure.subscribe(input, {
      onData: (value) => seen.push(value),
      onComplete: () => resolve(seen),
      onError: reject,
    });
  });
}

const subscribed = async (trpc) => ({
  counted: await values(trpc.sub.count, { count: 3 }),
  tracked: await values(trpc.sub.tracked, { lastEventId: '1' }),
});

async function overSocket() {
  const socket = createWSClient({ url: url.replace('http', 'ws') });
  const trpc = client(wsLink({ client: socket }));
  // Not over events: the EventSource of Node 20 keeps an id that is set to nothing.
  const mixed = await values(trpc.sub.mixed);
  const seen = { ...(await plain(trpc)), ...(await subscribed(trpc)), mixed };
  await socket.close();
  return seen;
}

const has = (name) => typeof globalThis[name] !== 'undefined';
const told = {
  httpLink: await plain(client(httpLink({ url }))),
  httpBatchLink: await plain(client(httpBatchLink({ url }))),
  httpBatchStreamLink: await streamed(client(httpBatchStreamLink({ url }))),
};
if (has('EventSource')) {
  told.httpSubscriptionLink = await subscribed(client(httpSubscriptionLink({ url })));
}
if (has('WebSocket')) told.wsLink = await overSocket();
console.log(JSON.stringify(told));
