// A person's way through the service and every refusal on it, told as one line of JSON a step.
// Arguments: the service's URL, the name of a link, the cookies of four people.
import {
  createTRPCClient,
  createWSClient,
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  safe,
  splitLink,
  wsLink,
  type Operation,
  type TRPCLink,
} from '@trpc/client';
import type { AppRouter, ErrorReason } from '../app-router';

declare const process: { argv: string[] };
const [, , url = '', kind = '', ada = '', una = '', nil = '', ben = ''] = process.argv;

type Fetch = (input: RequestInfo | URL, init?: { method?: string }) => Promise<Response>;
type Options = { url: string; headers: () => Record<string, string>; fetch: Fetch };

function link(options: Options) {
  switch (kind) {
    case 'httpLink':
      return httpLink(options);
    case 'httpBatchLink':
      return httpBatchLink(options);
    case 'httpBatchLink, all by POST':
      return httpBatchLink({ ...options, methodOverride: 'POST' });
    case 'httpBatchStreamLink':
      return unlessPlain(options, httpBatchStreamLink(options));
    case 'wsLink':
      return unlessPlain(options, wsLink({ client: socket(options) }));
    default:
      throw new Error(`no link ${kind}`);
  }
}

/** Calls whose answer sets a cookie go by a plain request. */
function unlessPlain(options: Options, other: TRPCLink<AppRouter>) {
  const condition = (op: Operation) => op.context['plain'] === true;
  return splitLink({ condition, true: httpLink(options), false: other });
}

function socket({ url, headers }: Options) {
  class WithHeaders extends WebSocket {
    constructor(address: string | URL) {
      // Node's own constructor takes headers here, as no browser does.
      super(address, { headers: headers() } as never);
    }
  }
  const lazy = { enabled: true, closeMs: 0 };
  return createWSClient({ url: url.replace('http', 'ws'), WebSocket: WithHeaders, lazy });
}

/** Somebody who sends the cookie given, or the one that an answer has set. */
function visitor(cookie = '') {
  const jar = { cookie };
  const requests: [string, number][] = [];
  const carrying: Fetch = async (input, init) => {
    const answer = await fetch(input, init);
    requests.push([init?.method ?? 'GET', answer.status]);
    for (const line of answer.headers.getSetCookie()) jar.cookie = line.split(';')[0] ?? '';
    return answer;
  };
  const headers = () => (jar.cookie ? { cookie: jar.cookie } : {});
  const trpc = createTRPCClient<AppRouter>({ links: [link({ url, headers, fetch: carrying })] });
  return { trpc, jar, requests };
}

type Refusal = { code: string; httpStatus: number; reason?: ErrorReason };
type Failure = { message: string; data?: Refusal | null | undefined };
type Outcome = readonly [unknown, Failure | undefined];

function outcome([answer, error]: Outcome) {
  if (!error) return { answer };
  const { data } = error;
  return { refused: data ? [data.code, data.httpStatus, data.reason ?? null] : error.message };
}

function note(step: string, said: unknown) {
  console.log(JSON.stringify([step, said]));
}

function tell(step: string, result: Outcome) {
  note(step, outcome(result));
}

const isStream = kind === 'httpBatchStreamLink' || kind === 'wsLink';
const stranger = visitor();
const lia = visitor();
const admin = visitor(ada).trpc;
const OPEN = { courseId: 'crs_open' };

async function signIn() {
  const { auth } = stranger.trpc;
  const plain = { context: { plain: true } };
  const wrong = { email: 'lia@acme.example', password: 'wrong' };
  tell('sign in with a wrong password', await safe(auth.login.mutate(wrong, plain)));
  note('cookie after that', stranger.jar.cookie);
  const right = { email: 'lia@acme.example', password: 'correct horse' };
  if (isStream) tell('sign in on a stream', await safe(auth.login.mutate(right)));
  tell('sign in', await safe(lia.trpc.auth.login.mutate(right, plain)));
  tell('who am I', await safe(lia.trpc.auth.me.query()));
}

async function refusals() {
  const { enrollment } = lia.trpc;
  const people = { stranger, unverified: visitor(una), 'no member': visitor(nil), 'of beta': visitor(ben) };
  for (const [name, { trpc }] of Object.entries(people)) {
    tell(`${name} enrolls`, await safe(trpc.enrollment.enroll.mutate(OPEN)));
    tell(`${name} unenrolls`, await safe(trpc.enrollment.unenroll.mutate(OPEN)));
  }
  for (const courseId of ['crs_draft', 'crs_shelf', 'crs_beta', 'crs_nowhere']) {
    tell(`enroll in ${courseId}`, await safe(enrollment.enroll.mutate({ courseId })));
  }
  for (const courseId of ['crs_maths', 'crs_beta', 'crs_nowhere']) {
    tell(`unenroll from ${courseId}`, await safe(enrollment.unenroll.mutate({ courseId })));
  }
  // @ts-expect-error the organization is never the caller's to say
  const claim = enrollment.enroll.mutate({ courseId: 'crs_beta', orgId: 'beta' });
  tell('claim an organization', await safe(claim));
}

async function comeAndGo() {
  const { enrollment } = lia.trpc;
  tell('enroll', await safe(enrollment.enroll.mutate(OPEN)));
  tell('enroll twice', await safe(enrollment.enroll.mutate(OPEN)));
  tell('get', await safe(enrollment.get.query(OPEN)));
  tell('list', await safe(enrollment.list.query(OPEN)));
  const leave = { ...OPEN, reason: 'too far' };
  tell('unenroll', await safe(enrollment.unenroll.mutate(leave)));
  tell('unenroll twice', await safe(enrollment.unenroll.mutate(OPEN)));
  tell('get what is gone', await safe(enrollment.get.query(OPEN)));
  tell('enroll again', await safe(enrollment.enroll.mutate(OPEN)));
  tell('history', await safe(enrollment.history.query(OPEN)));
  const past = { courseId: 'crs_past' };
  tell('unenroll with progress', await safe(enrollment.unenroll.mutate(past)));
}

async function around() {
  const { enrollment } = lia.trpc;
  const course = { courseId: 'crs_new' };
  const made = { key: course.courseId, title: 'New' };
  tell('create a course', await safe(admin.course.create.mutate(made)));
  tell('enroll in a draft', await safe(enrollment.enroll.mutate(course)));
  tell('publish it', await safe(admin.course.publish.mutate(course)));
  tell('enroll in it', await safe(enrollment.enroll.mutate(course)));
  tell('verify', await safe(admin.membership.verify.mutate({ userId: 'usr_una' })));
  const { trpc } = visitor(una);
  tell('the verified enrolls', await safe(trpc.enrollment.enroll.mutate(OPEN)));
}

async function together() {
  const { trpc, requests } = lia;
  requests.length = 0;
  const outcomes = await Promise.all([
    safe(trpc.auth.me.query()),
    safe(trpc.enrollment.get.query(OPEN)),
    safe(trpc.enrollment.get.query({ courseId: 'crs_maths' })),
    safe(trpc.enrollment.get.query({ courseId: 'crs_beta' })),
    safe(trpc.course.get.query(OPEN)),
    safe(trpc.system.health.query()),
  ]);
  note('together', outcomes.map(outcome));
  note('requests', requests);
}

async function signOut() {
  const thief = visitor(lia.jar.cookie).trpc;
  tell('with the same cookie', await safe(thief.auth.me.query()));
  tell('log out', await safe(lia.trpc.auth.logout.mutate()));
  note('cookie after logging out', lia.jar.cookie);
  tell('who am I now', await safe(lia.trpc.auth.me.query()));
  tell('with the old cookie', await safe(thief.enrollment.enroll.mutate(OPEN)));
}

await signIn();
await refusals();
await comeAndGo();
await around();
await together();
await signOut();
