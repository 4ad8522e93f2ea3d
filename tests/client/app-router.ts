// Generated from the router. Do not edit. Contract 5c4c93c7b65d84f1.
import type {
  TRPCBuiltRouter,
  TRPCDefaultErrorShape,
  TRPCMutationProcedure,
  TRPCQueryProcedure,
} from '@trpc/server';

/** A course as staff and members see it. `enrollmentCount`: students with a place or done. */
export interface Course {
  id: string;
  schoolId: string;
  code: string | null;
  title: string;
  image: string | null;
  description: string;
  status: 'archived' | 'draft' | 'published';
  joinPolicy: 'code' | 'invite' | 'open' | 'request';
  completionPolicy: 'learner' | 'progress' | 'staff';
  multiSection: boolean;
  selfReenroll: boolean;
  certificateEnabled: boolean;
  capacity: number | null;
  waitlist: boolean;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  opensAt: string | null;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  closesAt: string | null;
  accessDays: number | null;
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
  /** Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  code?: string | null;
  /** Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  title?: string;
  /** Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  image?: string | null;
  /** Length at most 20000, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  description?: string;
  joinPolicy?: 'code' | 'invite' | 'open' | 'request';
  completionPolicy?: 'learner' | 'progress' | 'staff';
  multiSection?: boolean;
  selfReenroll?: boolean;
  certificateEnabled?: boolean;
  /** At least 0, at most 9007199254740991. */
  capacity?: number | null;
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
  /** At least 1, at most 36500. */
  accessDays?: number | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  courseId: string;
}

export interface CourseFilter {
  /** At least 1, at most 9007199254740991, default 50. */
  limit?: number;
  /** Length at most 1000. */
  cursor?: string | null;
  status?: ('archived' | 'draft' | 'published')[] | null;
}

/** A new course, as a draft. */
export interface CourseInput {
  /** Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  code?: string | null;
  /** Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  title: string;
  /** Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  image?: string | null;
  /** Length at most 20000, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  description?: string;
  joinPolicy?: 'code' | 'invite' | 'open' | 'request';
  completionPolicy?: 'learner' | 'progress' | 'staff';
  multiSection?: boolean;
  selfReenroll?: boolean;
  certificateEnabled?: boolean;
  /** At least 0, at most 9007199254740991. */
  capacity?: number | null;
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
  /** At least 1, at most 36500. */
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

/** It is done; there is nothing else to say. */
export interface Done {
  success: true;
}

/** Who shall be enrolled where. Without `userId` the caller; all but self needs staff. */
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
  userId?: string | null;
  /** Default "student". */
  role?: 'administrator' | 'observer' | 'proctor' | 'student' | 'teacher';
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
  /** Default false. */
  reenroll?: boolean;
  /** Default false. */
  bypassPrerequisites?: boolean;
  /** Default false. */
  force?: boolean;
  notify?: boolean | null;
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  key?: string | null;
  metadata?: { [key: string]: unknown } | null;
}

/** A person's place in a section or a group, inside one organization. */
export interface Enrollment {
  id: string;
  courseId: string | null;
  realmId: string;
  realmKind: 'group' | 'section';
  userId: string;
  role: 'administrator' | 'observer' | 'proctor' | 'student' | 'teacher';
  status: 'active' | 'archived' | 'completed' | 'dropped' | 'expired' | 'invited' | 'requested' | 'suspended' | 'waitlisted';
  position: number | null;
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
  source: 'api' | 'code' | 'edubridge' | 'oneroster' | 'rpc' | 'schoology' | 'system' | 'v1';
  metadata: { [key: string]: unknown };
  previousId: string | null;
  version: number;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  updatedAt: string;
  /** Instant, UTC: 2025-09-01T04:00:00.000Z */
  deletedAt?: string;
}

/** Which records; several filters must all hold. A cursor or an offset, not both. */
export interface EnrollmentFilter {
  /** At least 1, at most 9007199254740991, default 50. */
  limit?: number;
  /** Length at most 1000. */
  cursor?: string | null;
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
  /** Default "id". */
  sort?: 'enrolledAt' | 'id' | 'role' | 'status' | 'updatedAt';
  /** Default "asc". */
  order?: 'asc' | 'desc';
  /** At least 0, at most 9007199254740991. */
  offset?: number | null;
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
  kind: string;
  fromStatus: 'active' | 'archived' | 'completed' | 'dropped' | 'expired' | 'invited' | 'requested' | 'suspended' | 'waitlisted' | null;
  toStatus: 'active' | 'archived' | 'completed' | 'dropped' | 'expired' | 'invited' | 'requested' | 'suspended' | 'waitlisted' | null;
  actorId: string | null;
  door: 'api' | 'code' | 'edubridge' | 'oneroster' | 'rpc' | 'schoology' | 'system' | 'v1';
  reason: string | null;
  data: { [key: string]: unknown };
}

export interface EventPage {
  items: Event[];
  nextCursor: string | null;
}

export interface Health {
  status: 'ok';
}

/** The record by `id`, or everything of a user (without `userId` the caller) in a course. */
export interface HistoryFilter {
  /** At least 1, at most 9007199254740991, default 50. */
  limit?: number;
  /** Length at most 1000. */
  cursor?: string | null;
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
  /** At least 1, at most 9007199254740991, default 50. */
  limit?: number;
  /** Length at most 1000. */
  cursor?: string | null;
  role?: ('admin' | 'instructor' | 'learner')[] | null;
  status?: ('active' | 'pending' | 'removed')[] | null;
}

/** A person by e-mail (an account is made where there is none), or a former member by key. */
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
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  key?: string | null;
  /** Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$, default "". */
  schoolUid?: string;
  /** Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$, default "". */
  nameFirst?: string;
  /** Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$, default "". */
  nameLast?: string;
}

/** What ties a person to an organization. Verified: active and `verifiedAt` set. */
export interface Membership {
  userId: string;
  key: string;
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

export interface MessagePage {
  items: Message[];
  nextCursor: string | null;
}

export interface OrgAddress {
  /**
   * A public key.
   *
   * Length at least 1, length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$.
   */
  orgId: string;
}

export interface OrgMembership {
  orgId: string;
  name: string;
  role: 'admin' | 'instructor' | 'learner';
  verified: boolean;
}

/** Which part of a list: at most `limit` items, from where the last answer's cursor points. */
export interface Page {
  /** At least 1, at most 9007199254740991, default 50. */
  limit?: number;
  /** Length at most 1000. */
  cursor?: string | null;
}

/** One record: by its `id`, or by course and user (without `userId` the caller). */
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
  userId?: string | null;
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
  userId?: string | null;
  /** Length at most 255, pattern ^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$. */
  reason?: string | null;
}

export type ErrorReason =
  | 'admin_required'
  | 'already_completed'
  | 'already_enrolled'
  | 'already_member'
  | 'code_required'
  | 'cross_site'
  | 'enrollment_closed'
  | 'full'
  | 'invalid_input'
  | 'invite_only'
  | 'key_taken'
  | 'not_member'
  | 'not_published'
  | 'prerequisites_not_met'
  | 'reenroll_not_allowed'
  | 'suspended'
  | 'user';

type $Errors<R> = TRPCDefaultErrorShape & { data: { reason?: R } };
type $Errors_aee48bf7 = $Errors<'admin_required' | 'already_completed' | 'already_enrolled' | 'code_required' | 'cross_site' | 'enrollment_closed' | 'full' | 'invalid_input' | 'invite_only' | 'key_taken' | 'not_member' | 'not_published' | 'prerequisites_not_met' | 'reenroll_not_allowed' | 'user'>;
type $Errors_615e99f4 = $Errors<'admin_required' | 'already_member' | 'cross_site' | 'invalid_input' | 'key_taken' | 'not_member' | 'user'>;
type $Errors_5385f304 = $Errors<'admin_required' | 'cross_site' | 'invalid_input'>;
type $Errors_68d1931c = $Errors<'admin_required' | 'cross_site' | 'invalid_input' | 'key_taken' | 'not_member'>;
type $Errors_f0c8e7e7 = $Errors<'admin_required' | 'cross_site' | 'invalid_input' | 'not_member'>;
type $Errors_632b28a5 = $Errors<'admin_required' | 'cross_site' | 'invalid_input' | 'not_member' | 'suspended' | 'user'>;
type $Errors_8e8e8aac = $Errors<'admin_required' | 'cross_site' | 'invalid_input' | 'not_member' | 'user'>;
type $Errors_5549600b = $Errors<'cross_site' | 'invalid_input'>;
type $Errors_c2b57d34 = $Errors<'cross_site' | 'invalid_input' | 'not_member'>;
type $Errors_caa8bd46 = $Errors<'invalid_input'>;

type $Root = { ctx: object; meta: object; errorShape: $Errors<ErrorReason>; transformer: false };
type $Mutation<I, O, E = TRPCDefaultErrorShape> =
  TRPCMutationProcedure<{ meta: object; input: I; output: O; errorShape: E }>;
type $Query<I, O, E = TRPCDefaultErrorShape> =
  TRPCQueryProcedure<{ meta: object; input: I; output: O; errorShape: E }>;

type $Procedures = {
  auth: {
    /** A token that acts for the caller in the active organization. It is shown this once. */
    createToken: $Mutation<TokenInput, Token, $Errors_c2b57d34>;
    /** Sign in by e-mail and password; the answer sets the session cookie. */
    login: $Mutation<LoginInput, Me, $Errors_caa8bd46>;
    /** End the session, everywhere and at once. */
    logout: $Mutation<undefined, Done, $Errors_5549600b>;
    /** Who is signed in, where they belong, and which organization is active. */
    me: $Query<undefined, Me, $Errors_5549600b>;
    /** Make one of the caller's tokens worthless. */
    revokeToken: $Mutation<TokenAddress, Done, $Errors_c2b57d34>;
    /** Make another of one's organizations the active one of this session. */
    useOrg: $Mutation<OrgAddress, Me, $Errors_c2b57d34>;
  };
  course: {
    /** Put a course aside; who is enrolled stays so. */
    archive: $Mutation<CourseAddress, Course, $Errors_5385f304>;
    /** Make a course, as a draft. */
    create: $Mutation<CourseInput, Course, $Errors_68d1931c>;
    /** One course; to those who are not staff only while it is published. */
    get: $Query<CourseAddress, Course, $Errors_5549600b>;
    /** The organization's courses, oldest first; to learners only the published ones. */
    list: $Query<CourseFilter | undefined, CoursePage, $Errors_c2b57d34>;
    /** Open a course to its learners. */
    publish: $Mutation<CourseAddress, Course, $Errors_5385f304>;
    /** Make a course a draft again; who is enrolled stays so. */
    unpublish: $Mutation<CourseAddress, Course, $Errors_5385f304>;
    /** Change what is said about a course; more seats let those in who wait. */
    update: $Mutation<CourseChange, Course, $Errors_5385f304>;
  };
  enrollment: {
    /** Put the caller, or a person they are responsible for, on a course, a section or a group. */
    enroll: $Mutation<EnrollInput | undefined, Enrollment, $Errors_aee48bf7>;
    /** One record: by id, or a person's current (else latest) one in a course. */
    get: $Query<RecordAddress | undefined, Enrollment, $Errors_8e8e8aac>;
    /** What happened to a record, or to all records of a person in a course, oldest first. */
    history: $Query<HistoryFilter | undefined, EventPage, $Errors_8e8e8aac>;
    /** The records the caller may see in the active organization, in a stable order. */
    list: $Query<EnrollmentFilter | undefined, EnrollmentPage, $Errors_c2b57d34>;
    /** End a record: it disappears from every read; what stays of the progress is a setting. */
    unenroll: $Mutation<UnenrollInput | undefined, Enrollment, $Errors_632b28a5>;
  };
  membership: {
    /**
     * Take a person in, not yet verified. An e-mail without an account gets one without password;
     * whether it had one is not told.
     */
    add: $Mutation<MemberInput, Membership, $Errors_615e99f4>;
    /** The organization's members in the order of their accounts. */
    list: $Query<MemberFilter | undefined, MembershipPage, $Errors_f0c8e7e7>;
    /** Shut a person out at once. Their records stay as they are. */
    remove: $Mutation<MemberAddress, Membership, $Errors_8e8e8aac>;
    /** Confirm that a person belongs here; from now on they may act as a member. */
    verify: $Mutation<MemberAddress, Membership, $Errors_8e8e8aac>;
  };
  outbox: {
    /** The organization's mails and webhook deliveries, oldest first, with what became of them. */
    list: $Query<Page | undefined, MessagePage, $Errors_f0c8e7e7>;
  };
  system: {
    /** Ready: the process answers and its database can be read. */
    health: $Query<undefined, Health, $Errors_caa8bd46>;
    /** Which program this is, and in which environment it runs. */
    info: $Query<undefined, Info, $Errors_caa8bd46>;
  };
};

export type AppRouter = TRPCBuiltRouter<$Root, $Procedures>;
