import { useMutation } from '@tanstack/react-query';
import type { SyntheticEvent } from 'react';
import { DEMO_PEOPLE } from './demo';
import { Page } from './Page';
import { Refusal } from './Refusal';
import { queryClient, trpc } from './trpc';

export function SignIn() {
  const login = useMutation(
    trpc.auth.login.mutationOptions({
      onSuccess: (me) => queryClient.setQueryData(trpc.auth.me.queryKey(), me),
    }),
  );
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    login.mutate({ email: String(form.get('email')), password: String(form.get('password')) });
  };
  return (
    <main className="narrow">
      <Page title="Sign in to Rollcall">
        <form className="card" onSubmit={submit}>
          <label>
            E-mail
            <input name="email" type="email" autoComplete="username" required />
          </label>
          <label>
            Password
            <input name="password" type="password" autoComplete="current-password" required />
          </label>
          <Refusal error={login.error} />
          <button disabled={login.isPending}>Sign in</button>
        </form>
        {DEMO_PEOPLE.length > 0 && <DemoPeople pick={login.mutate} busy={login.isPending} />}
      </Page>
    </main>
  );
}

type PickProps = { pick: (person: { email: string; password: string }) => void; busy: boolean };

function DemoPeople({ pick, busy }: PickProps) {
  return (
    <section aria-labelledby="demo-people">
      <h2 id="demo-people">Or come in as somebody of the demo</h2>
      <ul className="people">
        {DEMO_PEOPLE.map(({ email, password, nameDisplay, role, name }) => (
          <li key={email}>
            <button className="person" disabled={busy} onClick={() => pick({ email, password })}>
              <strong>{nameDisplay}</strong>
              <span>
                {role}, {name}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
