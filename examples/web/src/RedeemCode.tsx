import { useMutation } from '@tanstack/react-query';
import type { SyntheticEvent } from 'react';
import type { Enrollment } from './app-router';
import { Page } from './Page';
import { refresh } from './records';
import { Refusal } from './Refusal';
import { Link, pathOf } from './route';
import { trpc } from './trpc';

export function RedeemCode() {
  const redeem = useMutation(trpc.enrollment.redeemCode.mutationOptions({ onSettled: refresh }));
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    redeem.mutate({ code: String(new FormData(event.currentTarget).get('code')) });
  };
  return (
    <Page title="Use a code">
      <form className="card narrow" onSubmit={submit}>
        <label>
          The code your teacher gave you
          <input name="code" required autoComplete="off" autoCapitalize="characters" />
        </label>
        <div>
          <Refusal error={redeem.error} />
          <div role="status">{redeem.data && <Joined record={redeem.data} />}</div>
        </div>
        <button disabled={redeem.isPending}>Join</button>
      </form>
    </Page>
  );
}

function Joined({ record }: { record: Enrollment }) {
  if (!record.courseId) return <p className="success">You have joined the group.</p>;
  return (
    <p className="success">
      You are in. <Link to={pathOf(record.courseId)}>See the course</Link>
    </p>
  );
}
