// Inputs that are no JSON, from a front end with generated types. Argument: the URL of the mount.
import { createTRPCClient, httpLink } from '@trpc/client';
import type { AppRouter } from './contract';

declare const process: { argv: string[] };
const [, , url = ''] = process.argv;
const trpc = createTRPCClient<AppRouter>({ links: [httpLink({ url })] });

const form = new FormData();
form.set('title', 'notes');
form.set('file', new File(['content'], 'a.txt'));

const told = {
  form: await trpc.upload.form.mutate(form),
  blob: await trpc.upload.octets.mutate(new Blob(['blob'])),
  bytes: await trpc.upload.octets.mutate(new Uint8Array([1, 2, 3])),
  file: await trpc.upload.octets.mutate(new File(['of a file'], 'b.txt')),
  json: await trpc.plain.query({ title: 'notes' }),
};
console.log(JSON.stringify(told));

export async function wrong() {
  // @ts-expect-error a form is no object with its fields
  await trpc.upload.form.mutate({ title: 'notes' });
  // @ts-expect-error a form must be given
  await trpc.upload.form.mutate();
  // @ts-expect-error a form is no stream of bytes
  await trpc.upload.octets.mutate(form);
  // @ts-expect-error a text is none either
  await trpc.upload.octets.mutate('text');
  // @ts-expect-error beside them JSON is what it was
  await trpc.plain.query(form);
}
