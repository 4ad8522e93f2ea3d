import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Enrollment, Event } from './app-router';
import { Pulse, useLive } from './live';
import { refresh } from './records';
import { Refusal } from './Refusal';
import { trpc } from './trpc';
import { HAPPENED, STATUS } from './words';

const LARGEST_PAGE = 200;

/** Who is in a course, as it is now, and what has happened since the page was opened. */
export function Roster({ courseId }: { courseId: string }) {
  const roster = useQuery(
    trpc.enrollment.list.queryOptions({ courseId, role: ['student'], limit: LARGEST_PAGE }),
  );
  const events = useLive().events.filter((event) => event.courseId === courseId);
  const name = useNames([...(roster.data?.items ?? []), ...events]);
  const approve = useMutation(trpc.enrollment.update.mutationOptions({ onSettled: refresh }));
  return (
    <section aria-labelledby="roster" className="roster">
      <div className="heading">
        <h2 id="roster">Roster</h2>
        <Pulse />
      </div>
      <Refusal error={roster.error ?? approve.error} />
      <Table>
        {roster.data?.items.map((record) => (
          // A record that has changed is a new row, which lights up.
          <Row
            key={`${record.id} ${record.version}`}
            record={record}
            name={name(record.userId)}
            approve={() => approve.mutate({ id: record.id, status: 'active' })}
          />
        ))}
      </Table>
      {roster.data?.total === 0 && <p>Nobody is enrolled yet.</p>}
      {roster.data?.nextCursor && <p>{`The first ${LARGEST_PAGE} of ${roster.data.total}.`}</p>}
      <h2 id="changes">Since you opened this</h2>
      <Changes events={events} name={name} />
    </section>
  );
}

function useNames(shown: { userId: string }[]) {
  const userIds = [...new Set(shown.map(({ userId }) => userId))].sort().slice(0, LARGEST_PAGE);
  const names = useQuery(
    trpc.membership.names.queryOptions({ userIds }, { placeholderData: keepPreviousData }),
  );
  return (userId: string) =>
    names.data?.items.find((person) => person.userId === userId)?.nameDisplay ?? userId;
}

function Table({ children }: { children: ReactNode }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Status</th>
          <th scope="col">Since</th>
          <th scope="col">Progress</th>
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

type RowProps = { record: Enrollment; name: string; approve: () => void };

function Row({ record, name, approve }: RowProps) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <span className={`pill ${record.status}`}>{STATUS[record.status]}</span>
        {record.status === 'requested' && <button onClick={approve}>Let in</button>}
      </td>
      <td data-label="Since">{new Date(record.enrolledAt).toLocaleDateString()}</td>
      <td data-label="Progress">{record.progress} %</td>
    </tr>
  );
}

function Changes({ events, name }: { events: Event[]; name: (userId: string) => string }) {
  return (
    <ol className="changes" aria-labelledby="changes" aria-live="polite">
      {events.map(({ id, at, kind, userId }) => (
        <li key={id}>
          <time dateTime={at}>{new Date(at).toLocaleTimeString()}</time> {name(userId)}{' '}
          {HAPPENED[kind]}
        </li>
      ))}
    </ol>
  );
}
