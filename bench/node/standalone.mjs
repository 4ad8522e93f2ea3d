// tRPC on Node: standalone adapter, zod, better-sqlite3 with a commit for each write.
import { EventEmitter, on } from "node:events";
import http from "node:http";
import { initTRPC, TRPCError } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import Database from "better-sqlite3";
import { sign, unsign } from "cookie-signature";
import { z } from "zod";

const SECRET = "bench-secret-bench-secret-bench-secret";
const COLUMNS = "id,user_id,course_id,org_id,role,status,progress,active,created_at,updated_at";
const db = new Database(process.env.BENCH_DB);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
const insert = db.prepare(
  `INSERT INTO record(user_id,course_id,org_id,role,status,progress,active,created_at,updated_at)
   VALUES (?,?,?,?,'active',0.0,1,?,?) RETURNING ${COLUMNS}`,
);
const one = db.prepare(`SELECT ${COLUMNS} FROM record WHERE id=?`);
const member = db.prepare("SELECT role FROM member WHERE org_id=? AND user_id=?");
const shape = (row) => ({ ...row, active: row.active === 1 });
const page = db.prepare(`SELECT ${COLUMNS} FROM record ORDER BY id LIMIT 100`).all().map(shape);

const role = z.enum(["student", "teacher", "assistant"]);
const Echo = z.object({
  user_id: z.string().min(1).max(64),
  course_id: z.string().min(1).max(64),
  role,
  tags: z.array(z.string().max(32)).max(16),
  progress: z.number().min(0).max(1),
  active: z.boolean(),
});
const Insert = z.object({ user_id: z.number().int(), course_id: z.number().int(), org_id: z.number().int(), role });

function userOf(header) {
  const value = header?.split("session=")[1];
  const text = value && unsign(decodeURIComponent(value), SECRET);
  return text ? Number(text) : undefined;
}

const ticks = new EventEmitter();
ticks.setMaxListeners(0);
const t = initTRPC.context().create();
const router = t.router({
  ping: t.procedure.query(() => "pong"),
  echo: t.procedure.input(Echo).mutation(({ input }) => input),
  list: t.procedure.query(() => page),
  insert: t.procedure.input(Insert).mutation(({ input }) => {
    const now = new Date().toISOString();
    return shape(insert.get(input.user_id, input.course_id, input.org_id, input.role, now, now));
  }),
  read: t.procedure.input(z.object({ id: z.number().int() })).query(({ input }) => {
    const row = one.get(input.id);
    if (!row) throw new TRPCError({ code: "NOT_FOUND" });
    return shape(row);
  }),
  login: t.procedure.input(z.object({ user_id: z.number().int() })).mutation(({ ctx, input }) => {
    const value = encodeURIComponent(sign(String(input.user_id), SECRET));
    ctx.res.setHeader("set-cookie", `session=${value}; Path=/; HttpOnly; SameSite=Lax`);
    return true;
  }),
  tick: t.procedure.mutation(() => ticks.emit("tick", 1)),
  ticks: t.procedure.subscription(async function* ({ signal }) {
    for await (const [value] of on(ticks, "tick", { signal })) yield value;
  }),
  me: t.procedure.input(z.object({ org_id: z.number().int() })).query(({ ctx, input }) => {
    const user = userOf(ctx.req.headers.cookie);
    if (user === undefined) throw new TRPCError({ code: "UNAUTHORIZED" });
    const found = member.get(input.org_id, user);
    if (!found) throw new TRPCError({ code: "FORBIDDEN" });
    return { user_id: user, org_id: input.org_id, role: found.role };
  }),
});

const handler = createHTTPHandler({ router, basePath: "/rpc/", createContext: ({ req, res }) => ({ req, res }) });
http.createServer(handler).listen(Number(process.env.PORT), "127.0.0.1");
