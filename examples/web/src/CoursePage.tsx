import { useQuery } from '@tanstack/react-query';
import type { Enrollment, Me } from './app-router';
import { Actions } from './CourseCard';
import { Page } from './Page';
import { ownRecords } from './records';
import { Refusal } from './Refusal';
import { Roster } from './Roster';
import { trpc } from './trpc';
import { seats, standing } from './words';

export function CoursePage({ courseId, me }: { courseId: string; me: Me }) {
  const course = useQuery(trpc.course.get.queryOptions({ courseId }));
  const mine = useQuery(ownRecords(me));
  const record = mine.data?.items.findLast((item) => item.courseId === courseId);
  if (!course.data) {
    return course.error ? <Refusal error={course.error} /> : <p className="waiting">Loading…</p>;
  }
  return (
    <Page
      title={course.data.title}
      aside={<span className={`pill ${record?.status ?? 'none'}`}>{record && standing(record)}</span>}
    >
      <p>{course.data.description}</p>
      <p className="small">{seats(course.data)}</p>
      {!isStaff(record) && <Actions course={course.data} record={record} me={me} />}
      {(isStaff(record) || isAdmin(me)) && <Roster courseId={courseId} />}
    </Page>
  );
}

const isStaff = (record: Enrollment | undefined) =>
  record?.status === 'active' && (record.role === 'teacher' || record.role === 'administrator');

const isAdmin = (me: Me) => me.orgs.some((org) => org.orgId === me.orgId && org.role === 'admin');
