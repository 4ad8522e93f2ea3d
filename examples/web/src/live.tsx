/** What happens to enrollments, as it happens: whatever is on the screen is looked up anew. */
import { useSubscription } from '@trpc/tanstack-react-query';
import { createContext, useContext, useState, type ReactNode } from 'react';
import type { Event } from './app-router';
import { refresh } from './records';
import { trpc } from './trpc';

const KEPT = 50;

function useChanges() {
  const [events, setEvents] = useState<Event[]>([]);
  const { status } = useSubscription(
    trpc.enrollment.onChange.subscriptionOptions(undefined, {
      // Whatever happened before the stream began was not told.
      onStarted: refresh,
      onData: ({ data }) => {
        setEvents((seen) => [data, ...seen].slice(0, KEPT));
        refresh();
      },
    }),
  );
  return { events, status };
}

type Changes = ReturnType<typeof useChanges>;
const Context = createContext<Changes>({ events: [], status: 'idle' });

export function Live({ children }: { children: ReactNode }) {
  return <Context value={useChanges()}>{children}</Context>;
}

export const useLive = () => useContext(Context);

const STATUS: Record<Changes['status'], string> = {
  idle: 'Not following',
  connecting: 'Connecting…',
  pending: 'Live',
  error: 'Not following',
};

export function Pulse() {
  const { status } = useLive();
  return (
    <span className={`pulse ${status}`} role="status">
      {STATUS[status]}
    </span>
  );
}
