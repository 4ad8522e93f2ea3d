import { useQuery } from '@tanstack/react-query';
import type { Me } from './app-router';
import { Catalogue } from './Catalogue';
import { CoursePage } from './CoursePage';
import { Header } from './Header';
import { Live } from './live';
import { RedeemCode } from './RedeemCode';
import { Refusal } from './Refusal';
import { usePath } from './route';
import { SignIn } from './SignIn';
import { trpc } from './trpc';

export function App() {
  const me = useQuery(trpc.auth.me.queryOptions());
  if (me.data) return <SignedIn me={me.data} />;
  if (me.isPending) return <p className="waiting">Loading…</p>;
  if (me.error.data?.code === 'UNAUTHORIZED') return <SignIn />;
  return (
    <main className="narrow">
      <Refusal error={me.error} />
      <button onClick={() => void me.refetch()}>Try again</button>
    </main>
  );
}

function SignedIn({ me }: { me: Me }) {
  return (
    // Another organization is another stream of events.
    <Live key={me.orgId}>
      <Header me={me} />
      <main>
        <Screen me={me} />
      </main>
    </Live>
  );
}

function Screen({ me }: { me: Me }) {
  const [, place, id] = usePath().split('/');
  if (place === 'courses' && id) {
    return <CoursePage key={id} courseId={decodeURIComponent(id)} me={me} />;
  }
  if (place === 'code') return <RedeemCode />;
  return <Catalogue me={me} />;
}
