import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { Me } from './app-router';
import { CourseCard } from './CourseCard';
import { Page } from './Page';
import { ownRecords } from './records';
import { Refusal } from './Refusal';
import { trpc } from './trpc';

export function Catalogue({ me }: { me: Me }) {
  // Asked for at one moment, the two go in one request.
  const courses = useInfiniteQuery(
    trpc.course.list.infiniteQueryOptions(
      { status: ['published'], limit: 24 },
      { initialCursor: null, getNextPageParam: (page) => page.nextCursor },
    ),
  );
  const mine = useQuery(ownRecords(me));
  const shown = courses.data?.pages.flatMap((page) => page.items);
  return (
    <Page title="Courses">
      <Refusal error={courses.error ?? mine.error} />
      {!shown && courses.isPending && <p className="waiting">Loading…</p>}
      {shown?.length === 0 && <p>There are no courses yet.</p>}
      <div className="cards">
        {shown?.map((course) => (
          <CourseCard
            key={course.id}
            course={course}
            record={mine.data?.items.findLast((record) => record.courseId === course.id)}
            me={me}
          />
        ))}
      </div>
      {courses.hasNextPage && (
        <button
          className="quiet"
          disabled={courses.isFetching}
          onClick={() => void courses.fetchNextPage()}
        >
          Show more
        </button>
      )}
    </Page>
  );
}
