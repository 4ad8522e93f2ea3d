// Generated from the router. Do not edit. Contract bb51e970a20c20e4.
import type {
  TRPCBuiltRouter,
  TRPCDefaultErrorShape,
  TRPCMutationProcedure,
  TRPCQueryProcedure,
  TRPCSubscriptionProcedure,
} from '@trpc/server';

/**
 * Whether a person reaches a course's content. `status` of the record that decides, null where
 * there is none: staff need none. `until`: when access ends; null if not allowed or without end.
 * `no_access`: the status gives none.
 */
export interface Access {
  allowed: boolean;
  reason: 'no_access' | 'not_begun' | 'not_enrolled' | 'not_member' | null;
  status: 'active' | 'archived' | 'completed' | 'dropped' | 'expired' | 'invited' | 'requested' | 'suspended' | 'waitlisted' | null;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  until: string | null;
}

/**
 * A result for each item, and how many of them made, changed and ended a record or were
 * refused; one that found everything as it shall be is in none of these counts.
 */
export interface BulkAnswer {
  results: BulkResult[];
  created: number;
  updated: number;
  deleted: number;
  failed: number;
}

/** As `enrollment.enroll`; refused if the person is in the section or group in any role. */
export interface BulkCreate {
  op: 'create';
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  realmId?: string | null;
  /**
   * Whose default section of the course; else the course's own school's.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  schoolId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  userId?: string | null;
  /** Default "student". */
  role?: 'administrator' | 'observer' | 'proctor' | 'student' | 'teacher';
  /** For staff: what the record begins as. */
  status?: 'active' | 'archived' | 'expired' | 'invited' | 'requested' | null;
  /**
   * An instant with Z or an offset.
   *
   * Instant (RFC 3339).
   */
  beginAt?: string | null;
  /**
   * An instant with Z or an offset.
   *
   * Instant (RFC 3339).
   */
  endAt?: string | null;
  /**
   * Also after a completion: its record stays, a new one follows it.
   *
   * Default false.
   */
  reenroll?: boolean;
  /**
   * For admins: prerequisites are not asked for.
   *
   * Default false.
   */
  bypassPrerequisites?: boolean;
  /**
   * For staff: neither publication, prerequisites, opening times, the join policy nor seats are asked for.
   *
   * Default false.
   */
  force?: boolean;
  /** Whether mails tell of it. Left out: yes, but not with `force`; in a bulk as the bulk says. */
  notify?: boolean | null;
  /**
   * For staff: OneRoster's `primary`, of teachers only.
   *
   * Default false.
   */
  primary?: boolean;
  /**
   * The record's own `id`; else one is made.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  key?: string | null;
  /** Whatever is to be kept with the record, in 64 KiB of JSON at most. */
  metadata?: { [key: string]: unknown } | null;
}

/** As `enrollment.unenroll`. */
export interface BulkDelete {
  op: 'delete';
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  id?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  realmId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  userId?: string | null;
  /**
   * Why, as the history will say.
   *
   * Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  reason?: string | null;
}

/**
 * At most 500 changes, done in order, each alone or (`atomic`) all or none. Mails are sent
 * where `notify` or the organization says so.
 */
export interface BulkInput {
  items: (BulkCreate | BulkUpdate | BulkDelete | BulkUpsert)[];
  /** Default false. */
  atomic?: boolean;
  /** Left out: as the organization's `notifyBulk` says. */
  notify?: boolean | null;
}

/** What became of the item at `index`: its record, or why not. */
export interface BulkResult {
  index: number;
  ok: boolean;
  code?: string;
  reason?: string;
  message?: string;
  record?: Enrollment;
}

/** As `enrollment.update`. */
export interface BulkUpdate {
  op: 'update';
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  id?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  realmId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  userId?: string | null;
  status?: 'active' | 'archived' | 'completed' | 'dropped' | 'expired' | 'invited' | 'requested' | 'suspended' | 'waitlisted' | null;
  /**
   * A record with one of these keeps its status.
   *
   * Default [].
   */
  unlessStatus?: ('active' | 'archived' | 'completed' | 'dropped' | 'expired' | 'invited' | 'requested' | 'suspended' | 'waitlisted')[];
  role?: 'administrator' | 'observer' | 'proctor' | 'student' | 'teacher' | null;
  /**
   * A record with one of these keeps its role.
   *
   * Default [].
   */
  unlessRole?: ('administrator' | 'observer' | 'proctor' | 'student' | 'teacher')[];
  /**
   * An instant with Z or an offset.
   *
   * Instant (RFC 3339).
   */
  beginAt?: string | null;
  /**
   * An instant with Z or an offset.
   *
   * Instant (RFC 3339).
   */
  endAt?: string | null;
  /** For staff: OneRoster's `primary`, of teachers only. */
  primary?: boolean | null;
  /** Whatever is to be kept with the record, in 64 KiB of JSON at most. */
  metadata?: { [key: string]: unknown } | null;
  /**
   * Why, as the history will say.
   *
   * Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  reason?: string | null;
  /** Whether mails tell of it. Left out: yes; in a bulk as the bulk says. */
  notify?: boolean | null;
  /**
   * The record is changed only if this is its `version`.
   *
   * At least 0, at most 9007199254740991.
   */
  ifVersion?: number | null;
}

/**
 * The record of that `key`, without a key the person's one in that place, changed as said, or
 * made. `metadata` replaces what is there; what is left out stays.
 */
export interface BulkUpsert {
  op: 'upsert';
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  realmId?: string | null;
  /**
   * Whose default section of the course; else the course's own school's.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  schoolId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  userId?: string | null;
  /**
   * The record's own `id`; else one is made.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  key?: string | null;
  role?: 'administrator' | 'observer' | 'proctor' | 'student' | 'teacher' | null;
  /**
   * A record with one of these keeps its role.
   *
   * Default [].
   */
  unlessRole?: ('administrator' | 'observer' | 'proctor' | 'student' | 'teacher')[];
  status?: 'active' | 'archived' | 'completed' | 'dropped' | 'expired' | 'invited' | 'requested' | 'suspended' | 'waitlisted' | null;
  /**
   * A record with one of these keeps its status.
   *
   * Default [].
   */
  unlessStatus?: ('active' | 'archived' | 'completed' | 'dropped' | 'expired' | 'invited' | 'requested' | 'suspended' | 'waitlisted')[];
  /**
   * An instant with Z or an offset.
   *
   * Instant (RFC 3339).
   */
  beginAt?: string | null;
  /**
   * An instant with Z or an offset.
   *
   * Instant (RFC 3339).
   */
  endAt?: string | null;
  /** For staff: OneRoster's `primary`, of teachers only. */
  primary?: boolean | null;
  /** Whatever is to be kept with the record, in 64 KiB of JSON at most. */
  metadata?: { [key: string]: unknown } | null;
  /**
   * Also after a completion: its record stays, a new one follows it.
   *
   * Default false.
   */
  reenroll?: boolean;
  /**
   * For staff: neither publication, prerequisites, opening times, the join policy nor seats are asked for.
   *
   * Default false.
   */
  force?: boolean;
  /**
   * Why, as the history will say.
   *
   * Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  reason?: string | null;
}

/** Events of one course, or of all, behind `lastEventId`; without that, from now on. */
export interface ChangeFilter {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId?: string | null;
  /**
   * The id of an event, or a cursor of this feed; 0: before the first.
   *
   * At least 0, at most 9007199254740991, pattern ^[0-9]{1,15}$.
   */
  lastEventId?: number | string | null;
}

/** `nextCursor` is what to ask with next, also where nothing is new. */
export interface Changes {
  items: Event[];
  nextCursor: string;
}

/** What has happened behind `after`, at most `limit` events. */
export interface ChangesInput {
  /**
   * The id of an event, or a cursor of this feed; 0: before the first.
   *
   * At least 0, at most 9007199254740991, pattern ^[0-9]{1,15}$, default 0.
   */
  after?: number | string;
  /**
   * How many items at most. A larger wish is cut, as a rule to 200.
   *
   * At least 1, at most 9007199254740991, default 50.
   */
  limit?: number;
}

/**
 * A code, in any case and with or without hyphen; only as that of the named realm, of a realm
 * of that kind, in that organization where these are given.
 */
export interface CodeInput {
  /** Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  code: string;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  realmId?: string | null;
  realmKind?: 'group' | 'section' | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  orgId?: string | null;
}

/** Until when and how often the new code may be used; null: without end. */
export interface CodeTerms {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  realmId: string;
  /**
   * An instant with Z or an offset.
   *
   * Instant (RFC 3339).
   */
  codeExpiresAt?: string | null;
  /**
   * How many people the code lets in; null: any number.
   *
   * At least 0, at most 9007199254740991.
   */
  codeMaxUses?: number | null;
}

/** A part of a course, and what is inside it. `doneAt`: when the caller marked it. */
export interface Component {
  id: string;
  kind: 'lesson' | 'module' | 'resource' | 'unit';
  title: string;
  counts: boolean;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  doneAt: string | null;
  children: Component[];
}

/**
 * A part of a course. Without `id` it is a new one; `parentId` is the `id` of another in the
 * same list; `counts` (towards progress) by default for lessons and modules.
 */
export interface ComponentInput {
  kind: 'lesson' | 'module' | 'resource' | 'unit';
  /** Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  title: string;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  id?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  parentId?: string | null;
  counts?: boolean | null;
}

/** A course from the inside. */
export interface Content {
  courseId: string;
  components: Component[];
}

/**
 * A course as staff and members see it. `enrollmentCount`: students with a place or done;
 * `requires`: the courses that must be completed before.
 */
export interface Course {
  id: string;
  schoolId: string;
  /** What rosters call the course: Schoology's `course_code`. */
  code: string | null;
  title: string;
  image: string | null;
  description: string;
  status: 'archived' | 'draft' | 'published';
  /** How people come in by themselves: at once (`open`), once staff approve (`request`), by an access code or by an invitation only. */
  joinPolicy: 'code' | 'invite' | 'open' | 'request';
  /** What completes a record besides staff: 100 percent or the learner's word (`learner`), 100 percent (`progress`), nothing (`staff`). */
  completionPolicy: 'learner' | 'progress' | 'staff';
  /** Whether a person may be in several sections at once. */
  multiSection: boolean;
  /** Whether those whose record is completed, dropped, expired or archived may enroll again by themselves. */
  selfReenroll: boolean;
  /** Whether the mail about a completion has a link to the certificate: the organization's `certificateUrl`. */
  certificateEnabled: boolean;
  /** Seats for students; null: any number. */
  capacity: number | null;
  /** Whether those who enroll, or whose request is approved, wait in line where no seat is left. */
  waitlist: boolean;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  opensAt: string | null;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  closesAt: string | null;
  /** How many days after its begin a student's record ends; null: never. */
  accessDays: number | null;
  requires: string[];
  enrollmentCount: number;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  updatedAt: string;
}

export interface CourseAddress {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId: string;
}

export interface CourseChange {
  /**
   * What rosters call the course: Schoology's `course_code`.
   *
   * Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  code?: string | null;
  /** Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  title?: string;
  /** Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  image?: string | null;
  /** Length at most 20000, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  description?: string;
  /** How people come in by themselves: at once (`open`), once staff approve (`request`), by an access code or by an invitation only. */
  joinPolicy?: 'code' | 'invite' | 'open' | 'request';
  /** What completes a record besides staff: 100 percent or the learner's word (`learner`), 100 percent (`progress`), nothing (`staff`). */
  completionPolicy?: 'learner' | 'progress' | 'staff';
  /** Whether a person may be in several sections at once. */
  multiSection?: boolean;
  /** Whether those whose record is completed, dropped, expired or archived may enroll again by themselves. */
  selfReenroll?: boolean;
  /** Whether the mail about a completion has a link to the certificate: the organization's `certificateUrl`. */
  certificateEnabled?: boolean;
  /**
   * Seats for students; null: any number.
   *
   * At least 0, at most 9007199254740991.
   */
  capacity?: number | null;
  /** Whether those who enroll, or whose request is approved, wait in line where no seat is left. */
  waitlist?: boolean;
  /**
   * An instant with Z or an offset.
   *
   * Instant (RFC 3339).
   */
  opensAt?: string | null;
  /**
   * An instant with Z or an offset.
   *
   * Instant (RFC 3339).
   */
  closesAt?: string | null;
  /**
   * How many days after its begin a student's record ends; null: never.
   *
   * At least 1, at most 36500.
   */
  accessDays?: number | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId: string;
}

export interface CourseFilter {
  /**
   * How many items at most. A larger wish is cut, as a rule to 200.
   *
   * At least 1, at most 9007199254740991, default 50.
   */
  limit?: number;
  /**
   * `nextCursor` of the last answer.
   *
   * Length at most 1000.
   */
  cursor?: string | null;
  /**
   * What infinite queries of TanStack say along with it.
   *
   * Default "forward".
   */
  direction?: 'forward';
  status?: ('archived' | 'draft' | 'published')[] | null;
}

/** A new course, as a draft. */
export interface CourseInput {
  /**
   * What rosters call the course: Schoology's `course_code`.
   *
   * Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  code?: string | null;
  /** Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  title: string;
  /** Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  image?: string | null;
  /** Length at most 20000, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  description?: string;
  /** How people come in by themselves: at once (`open`), once staff approve (`request`), by an access code or by an invitation only. */
  joinPolicy?: 'code' | 'invite' | 'open' | 'request';
  /** What completes a record besides staff: 100 percent or the learner's word (`learner`), 100 percent (`progress`), nothing (`staff`). */
  completionPolicy?: 'learner' | 'progress' | 'staff';
  /** Whether a person may be in several sections at once. */
  multiSection?: boolean;
  /** Whether those whose record is completed, dropped, expired or archived may enroll again by themselves. */
  selfReenroll?: boolean;
  /** Whether the mail about a completion has a link to the certificate: the organization's `certificateUrl`. */
  certificateEnabled?: boolean;
  /**
   * Seats for students; null: any number.
   *
   * At least 0, at most 9007199254740991.
   */
  capacity?: number | null;
  /** Whether those who enroll, or whose request is approved, wait in line where no seat is left. */
  waitlist?: boolean;
  /**
   * An instant with Z or an offset.
   *
   * Instant (RFC 3339).
   */
  opensAt?: string | null;
  /**
   * An instant with Z or an offset.
   *
   * Instant (RFC 3339).
   */
  closesAt?: string | null;
  /**
   * How many days after its begin a student's record ends; null: never.
   *
   * At least 1, at most 36500.
   */
  accessDays?: number | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  key?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  schoolId?: string | null;
}

export interface CoursePage {
  items: Course[];
  nextCursor: string | null;
}

/** A person in a course; without `userId` the caller. */
export interface CoursePerson {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId: string;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  userId?: string | null;
}

/**
 * `seats`: of all sections that are not archived, or of the course that has none yet; null: any
 * number. `taken`: students who are invited, active or suspended. `days`: the first day, and each
 * on which something changed.
 */
export interface CourseSeats {
  courseId: string;
  title: string;
  seats: number | null;
  taken: number;
  waiting: number;
  days: SeatsDay[];
}

export interface CourseSeatsPage {
  items: CourseSeats[];
  nextCursor: string | null;
}

/** It is done; there is nothing else to say. */
export interface Done {
  success: true;
}

export interface Eligibility {
  eligible: boolean;
  reasons: Obstacle[];
}

export interface EligibilityInput {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId: string;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  userId?: string | null;
}

/**
 * Who shall be enrolled where. Without `userId` the caller; all but self needs staff, and so do
 * a `role` other than `student`, `beginAt` (else now) and `endAt` (else as the course's
 * `accessDays` say).
 */
export interface EnrollInput {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  realmId?: string | null;
  /**
   * Whose default section of the course; else the course's own school's.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  schoolId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  userId?: string | null;
  /** Default "student". */
  role?: 'administrator' | 'observer' | 'proctor' | 'student' | 'teacher';
  /** For staff: what the record begins as. */
  status?: 'active' | 'archived' | 'expired' | 'invited' | 'requested' | null;
  /**
   * An instant with Z or an offset.
   *
   * Instant (RFC 3339).
   */
  beginAt?: string | null;
  /**
   * An instant with Z or an offset.
   *
   * Instant (RFC 3339).
   */
  endAt?: string | null;
  /**
   * Also after a completion: its record stays, a new one follows it.
   *
   * Default false.
   */
  reenroll?: boolean;
  /**
   * For admins: prerequisites are not asked for.
   *
   * Default false.
   */
  bypassPrerequisites?: boolean;
  /**
   * For staff: neither publication, prerequisites, opening times, the join policy nor seats are asked for.
   *
   * Default false.
   */
  force?: boolean;
  /** Whether mails tell of it. Left out: yes, but not with `force`; in a bulk as the bulk says. */
  notify?: boolean | null;
  /**
   * For staff: OneRoster's `primary`, of teachers only.
   *
   * Default false.
   */
  primary?: boolean;
  /**
   * The record's own `id`; else one is made.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  key?: string | null;
  /** Whatever is to be kept with the record, in 64 KiB of JSON at most. */
  metadata?: { [key: string]: unknown } | null;
}

/**
 * A person's place in a section or a group, inside one organization. While active
 * it opens the content, from `beginAt` until `endAt`; null: without end.
 */
export interface Enrollment {
  id: string;
  courseId: string | null;
  realmId: string;
  realmKind: 'group' | 'section';
  userId: string;
  role: 'administrator' | 'observer' | 'proctor' | 'student' | 'teacher';
  status: 'active' | 'archived' | 'completed' | 'dropped' | 'expired' | 'invited' | 'requested' | 'suspended' | 'waitlisted';
  /** In the line; null unless waitlisted. */
  position: number | null;
  /** In percent. */
  progress: number;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  enrolledAt: string;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  beginAt: string;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  endAt: string | null;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  completedAt: string | null;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  statusAt: string;
  /** The surface that was called; `code`: by an access code, `system`: by nobody's call. */
  source: 'api' | 'code' | 'edubridge' | 'oneroster' | 'rpc' | 'schoology' | 'system' | 'v1';
  /** Whatever is to be kept with the record, in 64 KiB of JSON at most. */
  metadata: { [key: string]: unknown };
  /** The record that this one follows. */
  previousId: string | null;
  /** One more with each change. */
  version: number;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  updatedAt: string;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  deletedAt?: string;
}

/**
 * What shall be different. `metadata` is merged into what is there, null removes a member.
 * `endAt` null: without end.
 */
export interface EnrollmentChange {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  id?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  realmId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  userId?: string | null;
  status?: 'active' | 'archived' | 'completed' | 'dropped' | 'expired' | 'invited' | 'requested' | 'suspended' | 'waitlisted' | null;
  /**
   * A record with one of these keeps its status.
   *
   * Default [].
   */
  unlessStatus?: ('active' | 'archived' | 'completed' | 'dropped' | 'expired' | 'invited' | 'requested' | 'suspended' | 'waitlisted')[];
  role?: 'administrator' | 'observer' | 'proctor' | 'student' | 'teacher' | null;
  /**
   * A record with one of these keeps its role.
   *
   * Default [].
   */
  unlessRole?: ('administrator' | 'observer' | 'proctor' | 'student' | 'teacher')[];
  /**
   * An instant with Z or an offset.
   *
   * Instant (RFC 3339).
   */
  beginAt?: string | null;
  /**
   * An instant with Z or an offset.
   *
   * Instant (RFC 3339).
   */
  endAt?: string | null;
  /** For staff: OneRoster's `primary`, of teachers only. */
  primary?: boolean | null;
  /** Whatever is to be kept with the record, in 64 KiB of JSON at most. */
  metadata?: { [key: string]: unknown } | null;
  /**
   * Why, as the history will say.
   *
   * Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  reason?: string | null;
  /** Whether mails tell of it. Left out: yes; in a bulk as the bulk says. */
  notify?: boolean | null;
  /**
   * The record is changed only if this is its `version`.
   *
   * At least 0, at most 9007199254740991.
   */
  ifVersion?: number | null;
}

/**
 * Which records; several filters must all hold. A cursor or an offset, not both.
 *
 * With `asOf` those there were at that instant, with the status they had and where they were;
 * the rest as it is now.
 */
export interface EnrollmentFilter {
  /**
   * How many items at most. A larger wish is cut, as a rule to 200.
   *
   * At least 1, at most 9007199254740991, default 50.
   */
  limit?: number;
  /**
   * `nextCursor` of the last answer.
   *
   * Length at most 1000.
   */
  cursor?: string | null;
  /**
   * What infinite queries of TanStack say along with it.
   *
   * Default "forward".
   */
  direction?: 'forward';
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  userId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  realmId?: string | null;
  role?: ('administrator' | 'observer' | 'proctor' | 'student' | 'teacher')[] | null;
  status?: ('active' | 'archived' | 'completed' | 'dropped' | 'expired' | 'invited' | 'requested' | 'suspended' | 'waitlisted')[] | null;
  /**
   * An instant with Z or an offset.
   *
   * Instant (RFC 3339).
   */
  updatedAfter?: string | null;
  /**
   * An instant with Z or an offset.
   *
   * Instant (RFC 3339).
   */
  asOf?: string | null;
  /** Default "id". */
  sort?: 'enrolledAt' | 'id' | 'role' | 'status' | 'updatedAt';
  /** Default "asc". */
  order?: 'asc' | 'desc';
  /** At least 0, at most 9007199254740991. */
  offset?: number | null;
}

export interface EnrollmentKey {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  id: string;
}

export interface EnrollmentPage {
  items: Enrollment[];
  total: number;
  nextCursor: string | null;
}

/** One transition of one record. `toStatus` null: the record is gone. */
export interface Event {
  id: string;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  at: string;
  enrollmentId: string;
  userId: string;
  realmId: string;
  courseId: string | null;
  kind: 'accepted' | 'approved' | 'archived' | 'completed' | 'deleted' | 'dropped' | 'enrolled' | 'expired' | 'imported' | 'invited' | 'promoted' | 'reactivated' | 'reinstated' | 'requested' | 'suspended' | 'transferred' | 'unenrolled' | 'updated' | 'waitlisted';
  fromStatus: 'active' | 'archived' | 'completed' | 'dropped' | 'expired' | 'invited' | 'requested' | 'suspended' | 'waitlisted' | null;
  toStatus: 'active' | 'archived' | 'completed' | 'dropped' | 'expired' | 'invited' | 'requested' | 'suspended' | 'waitlisted' | null;
  /** Who did it, where somebody did. */
  actorId: string | null;
  /** The surface that was called; `code`: by an access code, `system`: by nobody's call. */
  door: 'api' | 'code' | 'edubridge' | 'oneroster' | 'rpc' | 'schoology' | 'system' | 'v1';
  reason: string | null;
  /** Which fields `changed`; of a transfer, `from` which realm `to` which. */
  data: { [key: string]: unknown };
}

export interface EventPage {
  items: Event[];
  nextCursor: string | null;
}

/** An event the client can name when it comes back: yield it from a subscription. */
export interface EventTracked {
  id: string;
  data: Event;
}

export interface Health {
  status: 'ok';
}

/** The record by `id`, or everything of a user (without `userId` the caller) in a course. */
export interface HistoryFilter {
  /**
   * How many items at most. A larger wish is cut, as a rule to 200.
   *
   * At least 1, at most 9007199254740991, default 50.
   */
  limit?: number;
  /**
   * `nextCursor` of the last answer.
   *
   * Length at most 1000.
   */
  cursor?: string | null;
  /**
   * What infinite queries of TanStack say along with it.
   *
   * Default "forward".
   */
  direction?: 'forward';
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  id?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  userId?: string | null;
}

export interface Info {
  version: string;
  environment: 'development' | 'production' | 'staging';
}

export interface LoginInput {
  /** Length at most 254. */
  email: string;
  /** Length at most 1000. */
  password: string;
}

/** Who is signed in, and where. `orgId` is the active organization. */
export interface Me {
  userId: string;
  email: string;
  nameDisplay: string;
  orgId: string | null;
  orgs: OrgMembership[];
}

export interface MemberAddress {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  userId: string;
}

export interface MemberFilter {
  /**
   * How many items at most. A larger wish is cut, as a rule to 200.
   *
   * At least 1, at most 9007199254740991, default 50.
   */
  limit?: number;
  /**
   * `nextCursor` of the last answer.
   *
   * Length at most 1000.
   */
  cursor?: string | null;
  /**
   * What infinite queries of TanStack say along with it.
   *
   * Default "forward".
   */
  direction?: 'forward';
  role?: ('admin' | 'instructor' | 'learner')[] | null;
  status?: ('active' | 'pending' | 'removed')[] | null;
}

/**
 * A person by e-mail (an account is made where there is none), or a former member by
 * `userId`. Without `key` it is that of the account.
 */
export interface MemberInput {
  role: 'admin' | 'instructor' | 'learner';
  /** Length at least 3, length at most 254. */
  email?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  userId?: string | null;
  /**
   * Their own name in this organization: OneRoster's `sourcedId`.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  key?: string | null;
  /**
   * Schoology's `school_uid`: of one member only, or empty.
   *
   * Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$, default "".
   */
  schoolUid?: string;
  /** Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$, default "". */
  nameFirst?: string;
  /** Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$, default "". */
  nameLast?: string;
}

/** What ties a person to an organization. Verified: active and `verifiedAt` set. */
export interface Membership {
  userId: string;
  /** Their own name in this organization: OneRoster's `sourcedId`. */
  key: string;
  /** Schoology's `school_uid`: of one member only, or empty. */
  schoolUid: string;
  role: 'admin' | 'instructor' | 'learner';
  status: 'active' | 'pending' | 'removed';
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  verifiedAt: string | null;
  nameDisplay: string;
}

export interface MembershipPage {
  items: Membership[];
  nextCursor: string | null;
}

/** A mail or a webhook delivery. Parked: neither `nextAt` nor `sentAt`. */
export interface Message {
  id: string;
  eventId: string;
  channel: 'email' | 'webhook';
  recipient: string;
  template: string;
  attempts: number;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  nextAt: string | null;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  sentAt: string | null;
  lastError: string | null;
}

/** The message of that id. */
export interface MessageAddress {
  /** Pattern ^[0-9]{1,15}$. */
  id: string;
}

export interface MessagePage {
  items: Message[];
  nextCursor: string | null;
}

export interface MissingPrerequisite {
  id: string;
  title: string;
  status: 'in_progress' | 'not_started';
}

/** In the order of their accounts. */
export interface Names {
  items: PersonName[];
}

/** A webhook with what its deliveries are signed with: `whsec_` and base64, shown this once. */
export interface NewWebhook {
  id: string;
  url: string;
  kinds: ('accepted' | 'approved' | 'archived' | 'completed' | 'deleted' | 'dropped' | 'enrolled' | 'expired' | 'imported' | 'invited' | 'promoted' | 'reactivated' | 'reinstated' | 'requested' | 'suspended' | 'transferred' | 'unenrolled' | 'updated' | 'waitlisted')[];
  active: boolean;
  secret: string;
}

/** What stands against an enrollment: what the refusal would say. */
export interface Obstacle {
  reason: 'already_completed' | 'already_enrolled' | 'code_required' | 'enrollment_closed' | 'full' | 'invite_only' | 'not_published' | 'prerequisites_not_met' | 'reenroll_not_allowed';
  message: string;
  status?: 'active' | 'archived' | 'completed' | 'dropped' | 'expired' | 'invited' | 'requested' | 'suspended' | 'waitlisted';
  enrollmentId?: string;
  missingPrerequisites?: MissingPrerequisite[];
}

/** An organization. Only admins are shown its settings. */
export interface Org {
  id: string;
  name: string;
  timeZone: string;
  settings?: OrgSettings;
}

export interface OrgAddress {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  orgId: string;
}

/** What shall be different; `timeZone` is a name like Europe/Berlin. */
export interface OrgChange {
  /** Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  name?: string;
  timeZone?: string;
  /** Default {}. */
  settings?: SettingsChange;
}

export interface OrgMembership {
  orgId: string;
  name: string;
  role: 'admin' | 'instructor' | 'learner';
  verified: boolean;
}

/** How an organization wants things done. */
export interface OrgSettings {
  /** What becomes of a learner's work when their record is ended: it is kept, and the next record begins anew (`keep`), or goes on from it unless it was completed (`resume`); or it is wiped out, the completion too (`erase`). */
  progressOnUnenroll: 'erase' | 'keep' | 'resume';
  /** Whether bulk changes send mails where they do not say. */
  notifyBulk: boolean;
  /** Who is told of completions, and of requests for what has no staff; empty: all admins. */
  adminEmails: string[];
  /** A day of every year, 08-01: on it those school years begin that are made along with a default section. */
  schoolYearStart: string;
  /** For how many days at least the log tells of deletions. Nothing is ever cut from it, so it always does. */
  tombstoneDays: number;
  /** The link in the mail about a completion, where the course has `certificateEnabled`; `{enrollment}` is the record's id. */
  certificateUrl: string | null;
}

/**
 * Messages of one channel. `oldest`: since when the one longest due waits, when the first one
 * was sent; null for parked ones, which wait for `outbox.retry`.
 */
export interface OutboxPart {
  channel: 'email' | 'webhook';
  state: 'parked' | 'sent' | 'waiting';
  count: number;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  oldest: string | null;
}

export interface OutboxState {
  items: OutboxPart[];
}

/** All components of a course, in order. */
export interface OutlineInput {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId: string;
  /** Length at most 1000. */
  components: ComponentInput[];
}

/** Which part of a list: at most `limit` items, from where the last answer's cursor points. */
export interface Page {
  /**
   * How many items at most. A larger wish is cut, as a rule to 200.
   *
   * At least 1, at most 9007199254740991, default 50.
   */
  limit?: number;
  /**
   * `nextCursor` of the last answer.
   *
   * Length at most 1000.
   */
  cursor?: string | null;
  /**
   * What infinite queries of TanStack say along with it.
   *
   * Default "forward".
   */
  direction?: 'forward';
}

/** At most 200 people. */
export interface PeopleNamed {
  /** Length at most 200, each: length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  userIds: string[];
}

export interface PersonName {
  userId: string;
  nameDisplay: string;
}

/** All courses that must be completed before this one. */
export interface PrerequisitesInput {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId: string;
  /** Length at most 100, each: length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  requires: string[];
}

/**
 * A component that is done, or how much is (staff only); in the record of that id, or of that
 * course and user (without `userId` the caller).
 */
export interface ProgressInput {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  id?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  userId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  componentId?: string | null;
  /** At least 0, at most 100. */
  percent?: number | null;
}

/** A section of a course, or a group. Only staff are shown anything about its code. */
export interface Realm {
  id: string;
  kind: 'group' | 'section';
  title: string;
  courseId: string | null;
  schoolId: string;
  /** Whether those come here who enroll in the course without naming a section: of each school one. */
  isDefault: boolean;
  /** No other section of the course has it in the same term. */
  sectionCode: string | null;
  /** No other section of the organization has it. */
  sectionSchoolCode: string | null;
  classType: 'homeroom' | 'scheduled';
  /** How people come in by themselves: at once (`open`), once staff approve (`request`), by an access code or by an invitation only. */
  joinPolicy: 'code' | 'invite' | 'open' | 'request' | null;
  /** Seats for students; null: any number, in a default section the course's. */
  capacity: number | null;
  /** Whether those who enroll, or whose request is approved, wait in line where no seat is left. */
  waitlist: boolean;
  pictureUrl: string | null;
  status: 'active' | 'archived';
  termIds: string[];
  accessCode?: string | null;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  codeExpiresAt?: string | null;
  /** How many people the code lets in; null: any number. */
  codeMaxUses?: number | null;
  codeUses?: number;
}

export interface RealmAddress {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  realmId: string;
}

/** `accessCode` null ends joining by code; `realm.rotateCode` gives a code. */
export interface RealmChange {
  /** Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  title?: string;
  /**
   * No other section of the course has it in the same term.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  sectionCode?: string | null;
  /**
   * No other section of the organization has it.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  sectionSchoolCode?: string | null;
  classType?: 'homeroom' | 'scheduled';
  /** How people come in by themselves: at once (`open`), once staff approve (`request`), by an access code or by an invitation only. */
  joinPolicy?: 'code' | 'invite' | 'open' | 'request' | null;
  /**
   * Seats for students; null: any number, in a default section the course's.
   *
   * At least 0, at most 9007199254740991.
   */
  capacity?: number | null;
  /** Whether those who enroll, or whose request is approved, wait in line where no seat is left. */
  waitlist?: boolean;
  /** Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  pictureUrl?: string | null;
  /** Length at most 100, each: length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  termIds?: string[];
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  realmId: string;
  status?: 'active' | 'archived';
  accessCode?: null;
  /**
   * An instant with Z or an offset.
   *
   * Instant (RFC 3339).
   */
  codeExpiresAt?: string | null;
  /**
   * How many people the code lets in; null: any number.
   *
   * At least 0, at most 9007199254740991.
   */
  codeMaxUses?: number | null;
}

export interface RealmFilter {
  /**
   * How many items at most. A larger wish is cut, as a rule to 200.
   *
   * At least 1, at most 9007199254740991, default 50.
   */
  limit?: number;
  /**
   * `nextCursor` of the last answer.
   *
   * Length at most 1000.
   */
  cursor?: string | null;
  /**
   * What infinite queries of TanStack say along with it.
   *
   * Default "forward".
   */
  direction?: 'forward';
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId?: string | null;
  kind?: 'group' | 'section' | null;
  status?: 'active' | 'archived' | null;
}

/** A new section of the course, or without `courseId` a new group. */
export interface RealmInput {
  /** Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  title: string;
  /**
   * No other section of the course has it in the same term.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  sectionCode?: string | null;
  /**
   * No other section of the organization has it.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  sectionSchoolCode?: string | null;
  classType?: 'homeroom' | 'scheduled';
  /** How people come in by themselves: at once (`open`), once staff approve (`request`), by an access code or by an invitation only. */
  joinPolicy?: 'code' | 'invite' | 'open' | 'request' | null;
  /**
   * Seats for students; null: any number, in a default section the course's.
   *
   * At least 0, at most 9007199254740991.
   */
  capacity?: number | null;
  /** Whether those who enroll, or whose request is approved, wait in line where no seat is left. */
  waitlist?: boolean;
  /** Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  pictureUrl?: string | null;
  /** Length at most 100, each: length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  termIds?: string[];
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId?: string | null;
  kind?: 'group' | 'section' | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  key?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  schoolId?: string | null;
}

export interface RealmPage {
  items: Realm[];
  nextCursor: string | null;
}

/**
 * One record: by its `id`, or by a person (without `userId` the caller) and a course, a section
 * or a group.
 */
export interface RecordAddress {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  id?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  realmId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  userId?: string | null;
}

/** Which webhook, and behind which event, as for `enrollment.changes`. */
export interface ReplayInput {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  id: string;
  /**
   * The id of an event, or a cursor of this feed; 0: before the first.
   *
   * At least 0, at most 9007199254740991, pattern ^[0-9]{1,15}$.
   */
  after: number | string;
}

/** How many events are on their way; where to go on, null when there are no more. */
export interface Replayed {
  count: number;
  nextAfter: string | null;
}

export interface ResetInput {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId: string;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  userId: string;
}

/** A part of the organization. */
export interface School {
  id: string;
  name: string;
  type: 'department' | 'district' | 'local' | 'national' | 'school' | 'state';
  parentId: string | null;
  /** Whether it is meant where none is named. */
  isDefault: boolean;
}

export interface SchoolInput {
  /** Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  name: string;
  /** Default "school". */
  type?: 'department' | 'district' | 'local' | 'national' | 'school' | 'state';
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  parentId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  key?: string | null;
}

export interface SchoolPage {
  items: School[];
  nextCursor: string | null;
}

/** How many students held a seat and how many waited for one when that day (UTC) was over. */
export interface SeatsDay {
  day: string;
  taken: number;
  waiting: number;
}

/** Courses by page, at most 50 of them, each with its last so many days. */
export interface SeatsFilter {
  /**
   * How many items at most. A larger wish is cut, as a rule to 200.
   *
   * At least 1, at most 9007199254740991, default 50.
   */
  limit?: number;
  /**
   * `nextCursor` of the last answer.
   *
   * Length at most 1000.
   */
  cursor?: string | null;
  /**
   * What infinite queries of TanStack say along with it.
   *
   * Default "forward".
   */
  direction?: 'forward';
  /** At least 1, at most 3660, default 90. */
  days?: number;
}

/** What shall be different; what is left out stays as it is. */
export interface SettingsChange {
  /** What becomes of a learner's work when their record is ended: it is kept, and the next record begins anew (`keep`), or goes on from it unless it was completed (`resume`); or it is wiped out, the completion too (`erase`). */
  progressOnUnenroll?: 'erase' | 'keep' | 'resume';
  /** Whether bulk changes send mails where they do not say. */
  notifyBulk?: boolean;
  /**
   * Who is told of completions, and of requests for what has no staff; empty: all admins.
   *
   * Length at most 50, each: length at least 3, length at most 254.
   */
  adminEmails?: string[];
  /**
   * A day of every year, 08-01: on it those school years begin that are made along with a default section.
   *
   * Length at most 5.
   */
  schoolYearStart?: string;
  /**
   * For how many days at least the log tells of deletions. Nothing is ever cut from it, so it always does.
   *
   * At least 0, at most 365000.
   */
  tombstoneDays?: number;
  /**
   * The link in the mail about a completion, where the course has `certificateEnabled`; `{enrollment}` is the record's id.
   *
   * Length at most 2000.
   */
  certificateUrl?: string | null;
}

/** Work as it was handed in. */
export interface Submission {
  id: string;
  enrollmentId: string;
  courseId: string;
  userId: string;
  assessment: string;
  body: { [key: string]: unknown };
  score: number | null;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  submittedAt: string;
}

/** Without `userId` everything the caller may see: staff see what their learners handed in. */
export interface SubmissionFilter {
  /**
   * How many items at most. A larger wish is cut, as a rule to 200.
   *
   * At least 1, at most 9007199254740991, default 50.
   */
  limit?: number;
  /**
   * `nextCursor` of the last answer.
   *
   * Length at most 1000.
   */
  cursor?: string | null;
  /**
   * What infinite queries of TanStack say along with it.
   *
   * Default "forward".
   */
  direction?: 'forward';
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId: string;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  userId?: string | null;
}

/** Work for an assessment, whatever that is called and asks for. */
export interface SubmissionInput {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId: string;
  /** Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  assessment: string;
  body: { [key: string]: unknown };
}

export interface SubmissionPage {
  items: Submission[];
  nextCursor: string | null;
}

/** An academic session. */
export interface Term {
  id: string;
  kind: 'gradingPeriod' | 'schoolYear' | 'semester' | 'term';
  title: string;
  /** A day: 2025-09-01 */
  startDate: string;
  /** A day: 2025-09-01 */
  endDate: string;
  /** The year in which the school year ends: 2026 */
  schoolYear: string | null;
  parentId: string | null;
  schoolId: string;
}

export interface TermFilter {
  /**
   * How many items at most. A larger wish is cut, as a rule to 200.
   *
   * At least 1, at most 9007199254740991, default 50.
   */
  limit?: number;
  /**
   * `nextCursor` of the last answer.
   *
   * Length at most 1000.
   */
  cursor?: string | null;
  /**
   * What infinite queries of TanStack say along with it.
   *
   * Default "forward".
   */
  direction?: 'forward';
  kind?: 'gradingPeriod' | 'schoolYear' | 'semester' | 'term' | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  schoolId?: string | null;
}

/**
 * A new academic session. Both days belong to it. It lies inside its parent, which is longer
 * by kind: school year, semester, term, grading period; it is of the parent's school then.
 */
export interface TermInput {
  /** Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  title: string;
  kind: 'gradingPeriod' | 'schoolYear' | 'semester' | 'term';
  /** Date (YYYY-MM-DD). */
  startDate: string;
  /** Date (YYYY-MM-DD). */
  endDate: string;
  /**
   * The year in which the school year ends: 2026
   *
   * Length at least 4, length at most 4, pattern ^[0-9]+$.
   */
  schoolYear?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  parentId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  schoolId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  key?: string | null;
}

export interface TermPage {
  items: Term[];
  nextCursor: string | null;
}

/** A new token. Its text is shown this once; only its hash is kept. */
export interface Token {
  id: string;
  token: string;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  expiresAt: string | null;
}

export interface TokenAddress {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  id: string;
}

/** `ttl` in seconds; none = it does not expire. `client`: id and secret for /oauth2/token. */
export interface TokenInput {
  /** Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  label: string;
  /** At least 1, at most 316224000. */
  ttl?: number | null;
  /** Default "bearer". */
  kind?: 'bearer' | 'client';
}

/** The record, and the section or group it moves to. */
export interface TransferInput {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  id: string;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  realmId: string;
}

/** Which record ends, and why. */
export interface UnenrollInput {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  id?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  realmId?: string | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  userId?: string | null;
  /**
   * Why, as the history will say.
   *
   * Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  reason?: string | null;
}

/** A receiver of events. No kinds: all of them. */
export interface Webhook {
  id: string;
  url: string;
  kinds: ('accepted' | 'approved' | 'archived' | 'completed' | 'deleted' | 'dropped' | 'enrolled' | 'expired' | 'imported' | 'invited' | 'promoted' | 'reactivated' | 'reinstated' | 'requested' | 'suspended' | 'transferred' | 'unenrolled' | 'updated' | 'waitlisted')[];
  active: boolean;
}

/** The webhook of that id. */
export interface WebhookAddress {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  id: string;
}

/** Where to, and which kinds of event; without `kinds` all of them. */
export interface WebhookInput {
  /** Length at least 1, length at most 2000. */
  url: string;
  /** Length at most 100, default []. */
  kinds?: ('accepted' | 'approved' | 'archived' | 'completed' | 'deleted' | 'dropped' | 'enrolled' | 'expired' | 'imported' | 'invited' | 'promoted' | 'reactivated' | 'reinstated' | 'requested' | 'suspended' | 'transferred' | 'unenrolled' | 'updated' | 'waitlisted')[];
}

export interface WebhookPage {
  items: Webhook[];
  nextCursor: string | null;
}

export type ErrorReason =
  | 'admin_required'
  | 'already_completed'
  | 'already_enrolled'
  | 'already_member'
  | 'already_sent'
  | 'code_required'
  | 'code_taken'
  | 'cross_site'
  | 'cycle'
  | 'enrollment_closed'
  | 'full'
  | 'idempotency_key'
  | 'idempotency_mismatch'
  | 'invalid_input'
  | 'invalid_transition'
  | 'invite_only'
  | 'key_taken'
  | 'last_admin'
  | 'no_access'
  | 'not_member'
  | 'not_published'
  | 'other_course'
  | 'outside_parent'
  | 'prerequisites_not_met'
  | 'reenroll_not_allowed'
  | 'shown_once'
  | 'suspended'
  | 'term'
  | 'term_taken'
  | 'too_many_calls'
  | 'too_many_failures'
  | 'too_many_items'
  | 'too_many_streams'
  | 'unknown_cursor'
  | 'user'
  | 'version';

type $Errors<R> = TRPCDefaultErrorShape & { data: { reason?: R } };
type $Errors_09eba2ad = $Errors<'admin_required' | 'already_completed' | 'already_enrolled' | 'code_required' | 'cross_site' | 'enrollment_closed' | 'full' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'invite_only' | 'key_taken' | 'not_member' | 'not_published' | 'prerequisites_not_met' | 'reenroll_not_allowed' | 'too_many_calls' | 'user'>;
type $Errors_5f2ba58e = $Errors<'admin_required' | 'already_enrolled' | 'cross_site' | 'enrollment_closed' | 'full' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'invalid_transition' | 'not_member' | 'not_published' | 'too_many_calls' | 'user' | 'version'>;
type $Errors_c309bc02 = $Errors<'admin_required' | 'already_enrolled' | 'cross_site' | 'full' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'invalid_transition' | 'not_member' | 'other_course' | 'too_many_calls'>;
type $Errors_a2ab89da = $Errors<'admin_required' | 'already_enrolled' | 'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'too_many_calls'>;
type $Errors_853dc826 = $Errors<'admin_required' | 'already_member' | 'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'key_taken' | 'not_member' | 'too_many_calls' | 'user'>;
type $Errors_c1a5792d = $Errors<'admin_required' | 'already_sent' | 'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'not_member' | 'too_many_calls'>;
type $Errors_ae205db6 = $Errors<'admin_required' | 'code_taken' | 'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'key_taken' | 'not_member' | 'term' | 'too_many_calls'>;
type $Errors_bdbf55ce = $Errors<'admin_required' | 'code_taken' | 'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'term' | 'too_many_calls'>;
type $Errors_2f01e6c7 = $Errors<'admin_required' | 'code_taken' | 'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'too_many_calls'>;
type $Errors_fb9feafb = $Errors<'admin_required' | 'cross_site' | 'cycle' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'too_many_calls'>;
type $Errors_a5fc48a0 = $Errors<'admin_required' | 'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'invalid_transition' | 'no_access' | 'not_member' | 'too_many_calls' | 'user'>;
type $Errors_7b94a5fd = $Errors<'admin_required' | 'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'invalid_transition' | 'not_member' | 'too_many_calls' | 'user'>;
type $Errors_cbcaa323 = $Errors<'admin_required' | 'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'key_taken' | 'not_member' | 'outside_parent' | 'term' | 'term_taken' | 'too_many_calls'>;
type $Errors_2c717cfc = $Errors<'admin_required' | 'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'key_taken' | 'not_member' | 'too_many_calls'>;
type $Errors_01e9061a = $Errors<'admin_required' | 'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'last_admin' | 'not_member' | 'too_many_calls' | 'user'>;
type $Errors_2855a224 = $Errors<'admin_required' | 'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'not_member' | 'shown_once' | 'too_many_calls'>;
type $Errors_fda0c16d = $Errors<'admin_required' | 'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'not_member' | 'suspended' | 'too_many_calls' | 'user'>;
type $Errors_53822361 = $Errors<'admin_required' | 'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'not_member' | 'too_many_calls'>;
type $Errors_33f95e33 = $Errors<'admin_required' | 'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'not_member' | 'too_many_calls' | 'user'>;
type $Errors_0b249705 = $Errors<'admin_required' | 'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'too_many_calls'>;
type $Errors_aee15f9c = $Errors<'admin_required' | 'cross_site' | 'invalid_input' | 'not_member' | 'too_many_calls'>;
type $Errors_bf9e7303 = $Errors<'admin_required' | 'cross_site' | 'invalid_input' | 'not_member' | 'too_many_calls' | 'unknown_cursor'>;
type $Errors_822481f6 = $Errors<'admin_required' | 'cross_site' | 'invalid_input' | 'not_member' | 'too_many_calls' | 'user'>;
type $Errors_96e46351 = $Errors<'admin_required' | 'cross_site' | 'invalid_input' | 'too_many_calls' | 'user'>;
type $Errors_dfc87443 = $Errors<'already_completed' | 'already_enrolled' | 'cross_site' | 'enrollment_closed' | 'full' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'not_published' | 'prerequisites_not_met' | 'reenroll_not_allowed' | 'too_many_calls' | 'too_many_failures'>;
type $Errors_e7490345 = $Errors<'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'no_access' | 'too_many_calls'>;
type $Errors_be148d25 = $Errors<'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'not_member' | 'shown_once' | 'too_many_calls'>;
type $Errors_63d2c0bd = $Errors<'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'not_member' | 'too_many_calls'>;
type $Errors_1e6909fa = $Errors<'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'too_many_calls'>;
type $Errors_c65c9414 = $Errors<'cross_site' | 'idempotency_key' | 'idempotency_mismatch' | 'invalid_input' | 'too_many_calls' | 'too_many_items'>;
type $Errors_e0f3d988 = $Errors<'cross_site' | 'invalid_input' | 'no_access' | 'too_many_calls'>;
type $Errors_86c327ac = $Errors<'cross_site' | 'invalid_input' | 'not_member' | 'too_many_calls'>;
type $Errors_d7d5fa6b = $Errors<'cross_site' | 'invalid_input' | 'not_member' | 'too_many_calls' | 'too_many_streams' | 'unknown_cursor'>;
type $Errors_eb5c79b3 = $Errors<'cross_site' | 'invalid_input' | 'too_many_calls'>;
type $Errors_caa8bd46 = $Errors<'invalid_input'>;
type $Errors_89fee52c = $Errors<'invalid_input' | 'too_many_calls' | 'too_many_failures'>;

type $Root = { ctx: object; meta: object; errorShape: $Errors<ErrorReason>; transformer: false };
type $Mutation<I, O, E = TRPCDefaultErrorShape> =
  TRPCMutationProcedure<{ meta: object; input: I; output: O; errorShape: E }>;
type $Query<I, O, E = TRPCDefaultErrorShape> =
  TRPCQueryProcedure<{ meta: object; input: I; output: O; errorShape: E }>;
type $Subscription<I, O, E = TRPCDefaultErrorShape> =
  TRPCSubscriptionProcedure<{ meta: object; input: I; output: O; errorShape: E }>;

type $Procedures = {
  auth: {
    /**
     * A token that acts for the caller in the active organization. It is shown this once. What a
     * client makes ends with it; what another token makes, no later than that one expires.
     */
    createToken: $Mutation<TokenInput, Token, $Errors_be148d25>;
    /** Sign in by e-mail and password; the answer sets the session cookie. */
    login: $Mutation<LoginInput, Me, $Errors_89fee52c>;
    /** End the session, everywhere and at once. */
    logout: $Mutation<undefined, Done, $Errors_1e6909fa>;
    /** Who is signed in, where they belong, and which organization is active. */
    me: $Query<undefined, Me, $Errors_eb5c79b3>;
    /** Make one of the caller's tokens worthless, a client with every token it was given. */
    revokeToken: $Mutation<TokenAddress, Done, $Errors_63d2c0bd>;
    /** Make another of one's organizations the active one of this session. */
    useOrg: $Mutation<OrgAddress, Me, $Errors_63d2c0bd>;
  };
  course: {
    /** Put a course aside; who is enrolled stays so. */
    archive: $Mutation<CourseAddress, Course, $Errors_0b249705>;
    /** The components of a course, to those who learn or teach there, with the caller's marks. */
    content: $Query<CourseAddress, Content, $Errors_e0f3d988>;
    /** Make a course, as a draft. */
    create: $Mutation<CourseInput, Course, $Errors_2c717cfc>;
    /** One course; to those who are not staff only while it is published. */
    get: $Query<CourseAddress, Course, $Errors_eb5c79b3>;
    /** The organization's courses, oldest first; to learners only the published ones. */
    list: $Query<CourseFilter | undefined, CoursePage, $Errors_86c327ac>;
    /** Open a course to its learners. */
    publish: $Mutation<CourseAddress, Course, $Errors_0b249705>;
    /**
     * Say what a course is made of, in order. Components left out are removed with their marks;
     * the progress of those who are not done is reckoned anew where their marks come to something
     * else, a completion stays.
     */
    setComponents: $Mutation<OutlineInput, Content, $Errors_fb9feafb>;
    /** Say which courses must be completed before this one. Who is enrolled already stays so. */
    setPrerequisites: $Mutation<PrerequisitesInput, Course, $Errors_fb9feafb>;
    /** Make a course a draft again; who is enrolled stays so. */
    unpublish: $Mutation<CourseAddress, Course, $Errors_0b249705>;
    /**
     * Change what is said about a course; more seats let those in who wait, and other access days
     * are theirs.
     */
    update: $Mutation<CourseChange, Course, $Errors_a2ab89da>;
  };
  enrollment: {
    /** Whether a person reaches the content of a course now, and if not, why. */
    access: $Query<CoursePerson, Access, $Errors_822481f6>;
    /**
     * Change many records in order; what is refused says so in its result and stops nothing, or,
     * where `atomic`, undoes everything.
     */
    bulk: $Mutation<BulkInput, BulkAnswer, $Errors_c65c9414>;
    /**
     * What happened to the organization's enrollments, oldest first, each deletion included. The
     * log is never cut: a deletion stays in it for longer than `tombstoneDays`.
     */
    changes: $Query<ChangesInput | undefined, Changes, $Errors_bf9e7303>;
    /**
     * Destroy a record with its marks, all submissions of its user in the course and the mails
     * that wait; one event stays, with keys only.
     */
    delete: $Mutation<EnrollmentKey, Done, $Errors_53822361>;
    /**
     * Whether the caller, or for staff another learner, could enroll in a course by themself now;
     * if not, every reason.
     */
    eligibility: $Query<EligibilityInput, Eligibility, $Errors_822481f6>;
    /** Put the caller, or a person they are responsible for, on a course, a section or a group. */
    enroll: $Mutation<EnrollInput | undefined, Enrollment, $Errors_09eba2ad>;
    /** One record: by id, or a person's current (else latest) one in a course. */
    get: $Query<RecordAddress | undefined, Enrollment, $Errors_822481f6>;
    /**
     * What happened to a record, which may be gone, or to all records of a person in a course,
     * oldest first.
     */
    history: $Query<HistoryFilter | undefined, EventPage, $Errors_822481f6>;
    /** The records the caller may see in the active organization, in a stable order. */
    list: $Query<EnrollmentFilter | undefined, EnrollmentPage, $Errors_86c327ac>;
    /**
     * What happens to enrollments, as it happens: one's own; those of the realms one is staff of;
     * for admins all. A client that comes back goes on behind the last event it has seen.
     */
    onChange: $Subscription<ChangeFilter | undefined, AsyncIterable<EventTracked>, $Errors_d7d5fa6b>;
    /** Join, as a student, what a code is for. The code takes the place of the join policy. */
    redeemCode: $Mutation<CodeInput, Enrollment, $Errors_dfc87443>;
    /** Move a record to another section of its course, or another group; all else stays. */
    transfer: $Mutation<TransferInput, Enrollment, $Errors_c309bc02>;
    /** End a record: it disappears from every read; what stays of the progress is a setting. */
    unenroll: $Mutation<UnenrollInput | undefined, Enrollment, $Errors_fda0c16d>;
    /** Change a record: its status as the status table allows, the rest for staff. */
    update: $Mutation<EnrollmentChange | undefined, Enrollment, $Errors_5f2ba58e>;
  };
  membership: {
    /**
     * Take a person in, not yet verified. An e-mail without an account gets one without password,
     * by the names that are given; who has one keeps theirs. A former member keeps the key and the
     * `schoolUid` of before where none is given.
     */
    add: $Mutation<MemberInput, Membership, $Errors_853dc826>;
    /** The organization's members in the order of their accounts. */
    list: $Query<MemberFilter | undefined, MembershipPage, $Errors_aee15f9c>;
    /**
     * How people are called: the caller, and all whose records the caller may see or could see
     * before they ended. Others are left out.
     */
    names: $Query<PeopleNamed, Names, $Errors_86c327ac>;
    /** Shut a person out at once. Their records stay as they are. */
    remove: $Mutation<MemberAddress, Membership, $Errors_01e9061a>;
    /** Confirm that a person belongs here; from now on they may act as a member. */
    verify: $Mutation<MemberAddress, Membership, $Errors_33f95e33>;
  };
  operations: {
    /** How many of the organization's mails and webhook deliveries wait, are parked, were sent. */
    outbox: $Query<undefined, OutboxState, $Errors_aee15f9c>;
    /**
     * Seats taken and people waiting in the organization's courses, now and day by day. Records
     * that were destroyed are in none of the numbers.
     */
    seats: $Query<SeatsFilter | undefined, CourseSeatsPage, $Errors_aee15f9c>;
  };
  org: {
    /** The active organization; to admins with its settings. */
    get: $Query<undefined, Org, $Errors_86c327ac>;
    /** Change the name, the time zone or the settings of the active organization. */
    update: $Mutation<OrgChange | undefined, Org, $Errors_53822361>;
  };
  outbox: {
    /** The organization's mails and webhook deliveries, oldest first, with what became of them. */
    list: $Query<Page | undefined, MessagePage, $Errors_aee15f9c>;
    /**
     * Try to send a message now, and up to six times anew. One that is tried within a minute
     * anyway is left alone.
     */
    retry: $Mutation<MessageAddress, Message, $Errors_c1a5792d>;
  };
  progress: {
    /**
     * Mark a component as done, or say how much of a course is. At 100 percent the record is
     * completed, unless the course leaves that to its staff.
     */
    record: $Mutation<ProgressInput | undefined, Enrollment, $Errors_a5fc48a0>;
    /** Take a learner's marks and progress in a course away; a completion cannot be taken away. */
    reset: $Mutation<ResetInput, Enrollment, $Errors_7b94a5fd>;
  };
  realm: {
    /** Make a section of a course, or a group. `realm.rotateCode` gives it an access code. */
    create: $Mutation<RealmInput, Realm, $Errors_ae205db6>;
    /** One section or group, as far as the caller may know of it. */
    get: $Query<RealmAddress, Realm, $Errors_eb5c79b3>;
    /**
     * Sections and groups, oldest first; to learners their own, the sections of published courses,
     * and groups that one can join or ask to join.
     */
    list: $Query<RealmFilter | undefined, RealmPage, $Errors_86c327ac>;
    /** Give a section or a group a new access code, not yet used; the former one is worthless. */
    rotateCode: $Mutation<CodeTerms, Realm, $Errors_2f01e6c7>;
    /** Change a section or a group; more seats let those in who wait. */
    update: $Mutation<RealmChange, Realm, $Errors_bdbf55ce>;
  };
  school: {
    /** Make a school, a department or another part of the organization. */
    create: $Mutation<SchoolInput, School, $Errors_2c717cfc>;
    /** The organization's schools, oldest first. */
    list: $Query<Page | undefined, SchoolPage, $Errors_86c327ac>;
  };
  submission: {
    /** Hand in work for an assessment of a course the caller is learning in. */
    create: $Mutation<SubmissionInput, Submission, $Errors_e7490345>;
    /**
     * What was handed in for a course, oldest first: one's own, and by learners one is staff of. Of
     * much work a page has less than its limit.
     */
    list: $Query<SubmissionFilter, SubmissionPage, $Errors_96e46351>;
  };
  system: {
    /** Ready: the process answers, and its database can be read and, as far as is known, written. */
    health: $Query<undefined, Health, $Errors_caa8bd46>;
    /** Which program this is, and in which environment it runs. */
    info: $Query<undefined, Info, $Errors_caa8bd46>;
  };
  term: {
    /** Make an academic session, inside another or by itself. */
    create: $Mutation<TermInput, Term, $Errors_cbcaa323>;
    /** The organization's academic sessions, oldest first. */
    list: $Query<TermFilter | undefined, TermPage, $Errors_86c327ac>;
  };
  webhook: {
    /** Have events of these kinds sent to a web address from now on. The secret is shown once. */
    create: $Mutation<WebhookInput, NewWebhook, $Errors_2855a224>;
    /** Send nothing more there, nor what is waiting. */
    delete: $Mutation<WebhookAddress, Done, $Errors_53822361>;
    /** The organization's webhooks, oldest first. */
    list: $Query<Page | undefined, WebhookPage, $Errors_aee15f9c>;
    /** Send past events once more: at most 1,000, those behind `after` that the webhook wants. */
    replay: $Mutation<ReplayInput, Replayed, $Errors_53822361>;
  };
};

export type AppRouter = TRPCBuiltRouter<$Root, $Procedures>;
