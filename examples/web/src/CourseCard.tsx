import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import type { Course, Enrollment, Me } from './app-router';
import { useEnroll, useLeave } from './records';
import { Refusal } from './Refusal';
import { Link, pathOf } from './route';
import { trpc } from './trpc';
import { joining, LEAVE, seats, standing } from './words';

type CourseProps = { course: Course; record: Enrollment | undefined; me: Me };

export function CourseCard(props: CourseProps) {
  const { course, record } = props;
  const id = useId();
  return (
    <article className="card" aria-labelledby={id}>
      <div className="top">
        <span className="code">{course.code}</span>
        <span role="status" className={`pill ${record?.status ?? 'none'}`}>
          {record && standing(record)}
        </span>
      </div>
      <h2 id={id}>
        <Link to={pathOf(course.id)}>{course.title}</Link>
      </h2>
      {course.description && <p>{course.description}</p>}
      <p className="small">{seats(course)}</p>
      {record?.role === 'student' && record.status === 'active' && (
        <Progress percent={record.progress} title={course.title} />
      )}
      <Actions {...props} />
    </article>
  );
}

function Progress({ percent, title }: { percent: number; title: string }) {
  return (
    <div className="progress">
      <progress value={percent} max={100} aria-label={`Progress in ${title}`} />
      <span className="small">{percent} %</span>
    </div>
  );
}

/** Coming and going; what refused the one is forgotten when the other is tried. */
function useMoves({ course, record, me }: CourseProps) {
  const enroll = useEnroll(course, me);
  const leave = useLeave(record, me);
  return {
    isBusy: enroll.isPending || leave.isPending,
    error: enroll.error ?? leave.error,
    join: () => {
      leave.reset();
      enroll.mutate({ courseId: course.id });
    },
    part: (id: string) => {
      enroll.reset();
      leave.mutate({ id });
    },
  };
}

/** What the reader may do, and why it was refused if it was. */
export function Actions(props: CourseProps) {
  const { course, record } = props;
  const { isBusy, error, join, part } = useMoves(props);
  const parting = record?.role === 'student' && LEAVE[record.status];
  return (
    <>
      <Refusal error={error} />
      {error?.data?.reason === 'prerequisites_not_met' && <Missing courseId={course.id} />}
      <div className="actions">
        {mayJoin(record) && <Join course={course} record={record} join={join} busy={isBusy} />}
        {parting && (
          <button className="quiet" disabled={isBusy} onClick={() => part(record.id)}>
            {parting}
          </button>
        )}
        {record && record.role !== 'student' && <Link to={pathOf(course.id)}>Roster</Link>}
      </div>
    </>
  );
}

function mayJoin(record: Enrollment | undefined) {
  return !record || ['archived', 'dropped', 'expired', 'invited'].includes(record.status);
}

type JoinProps = Omit<CourseProps, 'me'> & { join: () => void; busy: boolean };

function Join({ course, record, join, busy }: JoinProps) {
  const isInvited = record?.status === 'invited';
  if (!isInvited && course.joinPolicy === 'code') return <Link to="/code">Use a code</Link>;
  if (!isInvited && course.joinPolicy === 'invite') return <p className="small">By invitation</p>;
  return (
    <button disabled={busy} onClick={join}>
      {isInvited ? 'Accept' : joining(course)}
    </button>
  );
}

function Missing({ courseId }: { courseId: string }) {
  const found = useQuery(trpc.enrollment.eligibility.queryOptions({ courseId }));
  const missing = found.data?.reasons.flatMap((obstacle) => obstacle.missingPrerequisites ?? []);
  return (
    <ul className="small missing">
      {missing?.map(({ id, title, status }) => (
        <li key={id}>
          <Link to={pathOf(id)}>{title}</Link>
          {status === 'in_progress' ? ', which you have begun' : ', which you have not begun'}
        </li>
      ))}
    </ul>
  );
}
