/** What to tell people for each reason of a refusal. A reason without words does not compile. */
import type { TRPCClientErrorLike } from '@trpc/client';
import type { trpc } from './trpc';

type Called =
  | typeof trpc.auth.login
  | typeof trpc.auth.useOrg
  | typeof trpc.course.get
  | typeof trpc.course.list
  | typeof trpc.enrollment.enroll
  | typeof trpc.enrollment.list
  | typeof trpc.enrollment.redeemCode
  | typeof trpc.enrollment.unenroll
  | typeof trpc.enrollment.update;
type Shape = Called['~types']['errorShape'];
type Reason = NonNullable<Shape['data']['reason']>;

export type Refused = TRPCClientErrorLike<{ transformer: false; errorShape: Shape }>;

const SENTENCES: Record<Reason, string> = {
  admin_required: 'Only the staff of this course may do that.',
  already_completed: 'You have completed this course.',
  already_enrolled: 'You are enrolled in this course already.',
  code_required: 'Joining this course takes a code. Ask your teacher for it.',
  cross_site: 'Your browser says that this page is not part of the service.',
  enrollment_closed: 'Enrollment in this course is closed.',
  full: 'Every seat is taken, and this course has no waiting list.',
  idempotency_key: 'The request could not be repeated safely. Please try again.',
  idempotency_mismatch: 'The request could not be repeated safely. Please try again.',
  invalid_input: 'Something in what you entered cannot be right.',
  invalid_transition: 'That is not possible any more: look at what it has become.',
  invite_only: 'One joins this course by invitation only.',
  key_taken: 'There is a record of that name already.',
  not_member: 'You are no confirmed member of this organization. Ask its office.',
  not_published: 'This course is not open yet.',
  prerequisites_not_met: 'Something has to be completed first.',
  reenroll_not_allowed: 'This course cannot be taken a second time. Ask your teacher.',
  suspended: 'Your enrollment is suspended. Ask your teacher.',
  too_many_calls: 'That was a lot at once. Wait a moment, then try again.',
  too_many_failures: 'Too many wrong attempts. Wait ten minutes, then try again.',
  user: 'There is no such person.',
  version: 'Somebody else has changed this meanwhile. Look, then try again.',
};

export function sentence({ data, message }: Refused) {
  if (!data || data.httpStatus >= 500) return 'The service cannot be reached. Try again in a moment.';
  if (data.reason) return SENTENCES[data.reason];
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}
