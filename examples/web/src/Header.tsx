import { useMutation } from '@tanstack/react-query';
import type { Me } from './app-router';
import { Link } from './route';
import { queryClient, trpc } from './trpc';

export function Header({ me }: { me: Me }) {
  // Loaded anew, the page keeps nothing of who was here before.
  const leave = useMutation(
    trpc.auth.logout.mutationOptions({ onSuccess: () => window.location.assign('/') }),
  );
  return (
    <header className="bar">
      <Link to="/" className="brand">
        Rollcall
      </Link>
      <nav aria-label="Screens">
        <Link to="/">Courses</Link>
        <Link to="/code">Use a code</Link>
      </nav>
      <Organization me={me} />
      <span className="who">{me.nameDisplay}</span>
      <button className="quiet" onClick={() => leave.mutate()} disabled={leave.isPending}>
        Sign out
      </button>
    </header>
  );
}

function Organization({ me }: { me: Me }) {
  const change = useMutation(
    trpc.auth.useOrg.mutationOptions({ onSuccess: () => queryClient.resetQueries() }),
  );
  const open = me.orgs.filter((org) => org.verified);
  if (open.length < 2) return <span className="org">{open[0]?.name}</span>;
  return (
    <select
      className="org"
      aria-label="Organization"
      value={me.orgId ?? ''}
      disabled={change.isPending}
      onChange={(event) => change.mutate({ orgId: event.target.value })}
    >
      {open.map((org) => (
        <option key={org.orgId} value={org.orgId}>
          {org.name}
        </option>
      ))}
    </select>
  );
}
