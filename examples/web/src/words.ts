/** What people read for the words of the service. */
import type { Course, Enrollment, Event } from './app-router';
import { isFull } from './records';

export const STATUS: Record<Enrollment['status'], string> = {
  active: 'Enrolled',
  archived: 'Archived',
  completed: 'Completed',
  dropped: 'Left',
  expired: 'Expired',
  invited: 'Invited',
  requested: 'Asked to join',
  suspended: 'Suspended',
  waitlisted: 'Waiting for a seat',
};

export const HAPPENED: Record<Event['kind'], string> = {
  accepted: 'accepted the invitation',
  approved: 'was let in',
  archived: 'was archived',
  completed: 'completed the course',
  deleted: 'was deleted',
  dropped: 'left',
  enrolled: 'enrolled',
  expired: 'ran out of time',
  imported: 'was imported',
  invited: 'was invited',
  promoted: 'got a seat',
  reactivated: 'came back',
  reinstated: 'was reinstated',
  requested: 'asked to join',
  suspended: 'was suspended',
  transferred: 'moved to another section',
  unenrolled: 'left',
  updated: 'was changed',
  waitlisted: 'joined the waiting list',
};

/** How a record is given up, where its learner may. */
export const LEAVE: Partial<Record<Enrollment['status'], string>> = {
  active: 'Leave',
  invited: 'Decline',
  requested: 'Take back',
  waitlisted: 'Leave the line',
};

export function standing({ role, status, position }: Enrollment) {
  if (role !== 'student') return 'You teach this';
  return position === null ? STATUS[status] : `Number ${position} in line`;
}

export function seats({ capacity, enrollmentCount: count, waitlist }: Course) {
  if (capacity === null) return count === 1 ? '1 learner' : `${count} learners`;
  const taken = `${count} of ${capacity} ${capacity === 1 ? 'seat' : 'seats'} taken`;
  return waitlist ? `${taken}, with a waiting list` : taken;
}

export function joining(course: Course) {
  if (course.joinPolicy === 'request') return 'Ask to join';
  return isFull(course) && course.waitlist ? 'Join the waiting list' : 'Enroll';
}
