-- The whole schema, read by both engines. One instant format: 2025-09-01T04:00:00.000Z, compared as text.
-- Booleans are 0/1, json is text. Every tenant table has org_id first in its keys and in its foreign keys.

-- What this database is the unfinished copy of: nobody may use it meanwhile.
create table copying (
  source text primary key
) strict;

create table org (
  id integer primary key,
  key text not null,
  name text not null,
  time_zone text not null default 'UTC',
  settings text not null default '{}'
) strict;
create unique index org_key on org (key);

create table school (
  org_id integer not null references org (id),
  id integer primary key,
  key text not null,
  name text not null,
  type text not null default 'school'
    check (type in ('department', 'school', 'district', 'local', 'state', 'national')),
  parent_id integer,
  is_default integer not null default 0 check (is_default in (0, 1)),
  unique (org_id, id),
  foreign key (org_id, parent_id) references school (org_id, id)
) strict;
create unique index school_key on school (org_id, key);
create unique index school_default on school (org_id) where is_default = 1;

-- A person, known to every tenant: like session and attempt a table without org_id.
create table account (
  id integer primary key,
  key text not null,
  email text not null,
  email_canonical text not null,
  password_hash text,
  name_title text not null default '',
  name_title_show integer not null default 0 check (name_title_show in (0, 1)),
  name_first text not null default '',
  name_first_preferred text not null default '',
  name_middle text not null default '',
  name_middle_show integer not null default 0 check (name_middle_show in (0, 1)),
  name_last text not null default '',
  picture_url text
) strict;
create unique index account_key on account (key);
create unique index account_email on account (email_canonical);

create table membership (
  org_id integer not null references org (id),
  user_id integer not null references account (id),
  key text not null,
  school_uid text not null default '',
  role text not null check (role in ('admin', 'instructor', 'learner')),
  status text not null check (status in ('pending', 'active', 'removed')),
  verified_at text,
  primary key (org_id, user_id)
) strict;
create unique index membership_key on membership (org_id, key);
create unique index membership_school_uid on membership (org_id, school_uid) where school_uid <> '';
create index membership_user on membership (user_id, org_id);
create index membership_role on membership (org_id, role, user_id);

-- The signed cookie carries only the id; the row can be revoked and holds the active tenant.
create table session (
  id text primary key,
  user_id integer not null references account (id),
  org_id integer references org (id),
  created_at text not null,
  seen_at text not null,
  revoked_at text
) strict;
create index session_account on session (user_id);
create index session_seen on session (seen_at);

create table token (
  org_id integer not null references org (id),
  id integer primary key,
  key text not null,
  user_id integer not null references account (id),
  kind text not null check (kind in ('bearer', 'client')),
  client_key text,
  hash text not null,
  label text not null default '',
  scopes text not null default '[]',
  created_at text not null,
  expires_at text,
  revoked_at text,
  last_used_at text,
  unique (org_id, id)
) strict;
create unique index token_key on token (org_id, key);
create unique index token_hash on token (hash);
create index token_user on token (org_id, user_id);
create index token_expiry on token (expires_at) where expires_at is not null;

-- Failures that are counted, for ten minutes: of whoever it is, so it belongs to no tenant.
create table attempt (
  id integer primary key,
  kind text not null check (kind in ('code', 'login')),
  subject text not null,
  at text not null
) strict;
create index attempt_subject on attempt (kind, subject, at);
create index attempt_age on attempt (at);

create table course (
  org_id integer not null references org (id),
  id integer primary key,
  key text not null,
  school_id integer not null,
  code text,
  title text not null,
  image text,
  description text not null default '',
  status text not null default 'draft' check (status in ('draft', 'published', 'archived')),
  join_policy text not null default 'open' check (join_policy in ('open', 'request', 'code', 'invite')),
  completion_policy text not null default 'learner'
    check (completion_policy in ('learner', 'progress', 'staff')),
  multi_section integer not null default 0 check (multi_section in (0, 1)),
  self_reenroll integer not null default 1 check (self_reenroll in (0, 1)),
  certificate_enabled integer not null default 0 check (certificate_enabled in (0, 1)),
  capacity integer check (capacity >= 0),
  waitlist integer not null default 0 check (waitlist in (0, 1)),
  opens_at text,
  closes_at text,
  access_days integer check (access_days > 0),
  updated_at text not null,
  unique (org_id, id),
  foreign key (org_id, school_id) references school (org_id, id)
) strict;
create unique index course_key on course (org_id, key);
create index course_code on course (org_id, code);

create table prerequisite (
  org_id integer not null,
  course_id integer not null,
  requires_id integer not null check (requires_id <> course_id),
  primary key (org_id, course_id, requires_id),
  foreign key (org_id, course_id) references course (org_id, id),
  foreign key (org_id, requires_id) references course (org_id, id)
) strict;

create table component (
  org_id integer not null,
  id integer primary key,
  key text not null,
  course_id integer not null,
  parent_id integer,
  kind text not null check (kind in ('unit', 'lesson', 'module', 'resource')),
  title text not null,
  position integer not null,
  counts integer not null check (counts in (0, 1)),
  unique (org_id, id),
  foreign key (org_id, course_id) references course (org_id, id),
  foreign key (org_id, parent_id) references component (org_id, id)
) strict;
create unique index component_key on component (org_id, course_id, key);

create table term (
  org_id integer not null,
  id integer primary key,
  key text not null,
  title text not null,
  kind text not null check (kind in ('schoolYear', 'semester', 'term', 'gradingPeriod')),
  start_date text not null,
  end_date text not null,
  school_year text,
  parent_id integer,
  school_id integer not null,
  unique (org_id, id),
  foreign key (org_id, parent_id) references term (org_id, id),
  foreign key (org_id, school_id) references school (org_id, id)
) strict;
create unique index term_key on term (org_id, key);
create unique index term_natural on term (org_id, school_id, kind, title);

create table realm (
  org_id integer not null,
  id integer primary key,
  key text not null,
  kind text not null check (kind in ('section', 'group')),
  title text not null,
  course_id integer,
  school_id integer not null,
  section_code text,
  section_school_code text,
  class_type text not null default 'scheduled' check (class_type in ('scheduled', 'homeroom')),
  is_default integer not null default 0 check (is_default in (0, 1)),
  join_policy text check (join_policy in ('open', 'request', 'code', 'invite')),
  access_code text,
  code_expires_at text,
  code_max_uses integer check (code_max_uses >= 0),
  code_uses integer not null default 0,
  capacity integer check (capacity >= 0),
  waitlist integer not null default 0 check (waitlist in (0, 1)),
  picture_url text,
  status text not null default 'active' check (status in ('active', 'archived')),
  unique (org_id, id),
  check ((kind = 'section') = (course_id is not null)),
  foreign key (org_id, course_id) references course (org_id, id),
  foreign key (org_id, school_id) references school (org_id, id)
) strict;
create unique index realm_key on realm (org_id, key);
create unique index realm_school_code on realm (org_id, section_school_code)
  where section_school_code is not null;
create unique index realm_code on realm (access_code) where access_code is not null;
create unique index realm_default on realm (org_id, course_id, school_id) where is_default = 1;
create index realm_course on realm (org_id, course_id, id);

create table realm_term (
  org_id integer not null,
  realm_id integer not null,
  term_id integer not null,
  primary key (org_id, realm_id, term_id),
  foreign key (org_id, realm_id) references realm (org_id, id),
  foreign key (org_id, term_id) references term (org_id, id)
) strict;
create index realm_term_term on realm_term (org_id, term_id);

-- Its ids are never used again, because the event log and sent mails outlive the record. The lists are written
-- out, the likeliest first: for an `in` of three values and more SQLite fills a table at each insert.
create table enrollment (
  org_id integer not null,
  id integer primary key autoincrement,
  key text not null,
  user_id integer not null,
  realm_id integer not null,
  course_id integer,
  slot text not null,
  role text not null check (role = 'student' or role = 'teacher' or role = 'administrator'
                            or role = 'proctor' or role = 'observer'),
  primary_flag integer not null default 0 check (primary_flag in (0, 1)),
  status text not null check (status = 'active' or status = 'invited' or status = 'requested'
                              or status = 'waitlisted' or status = 'suspended' or status = 'completed'
                              or status = 'expired' or status = 'archived' or status = 'dropped'),
  progress integer not null default 0 check (progress between 0 and 100),
  enrolled_at text not null,
  begin_at text not null,
  end_at text,
  completed_at text,
  status_at text not null,
  status_by integer,
  source text not null check (source = 'rpc' or source = 'edubridge' or source = 'oneroster'
                              or source = 'schoology' or source = 'v1' or source = 'api'
                              or source = 'code' or source = 'system'),
  metadata text not null default '{}',
  previous_id integer,
  version integer not null default 1,
  updated_at text not null,
  deleted_at text,
  deleted_by integer,
  unique (org_id, id),
  check (status <> 'completed' or (completed_at is not null and progress = 100)),
  check (completed_at is null or status = 'completed' or status = 'archived' or status = 'expired'),
  check (end_at is null or end_at > begin_at),
  check (primary_flag = 0 or role = 'teacher'),
  check (course_id is not null or (slot = 'r' || realm_id and progress = 0)),
  foreign key (org_id, user_id) references membership (org_id, user_id),
  foreign key (org_id, realm_id) references realm (org_id, id),
  foreign key (org_id, course_id) references course (org_id, id),
  foreign key (org_id, previous_id) references enrollment (org_id, id)
) strict;
create unique index enrollment_live on enrollment (org_id, slot, user_id, role)
  where deleted_at is null
    and (status = 'active' or status = 'invited' or status = 'requested' or status = 'waitlisted'
         or status = 'suspended');
create unique index enrollment_key on enrollment (org_id, key) where deleted_at is null;
create index enrollment_gone on enrollment (org_id, key) where deleted_at is not null;
create index enrollment_realm on enrollment (org_id, realm_id, status, id);
-- Spares who counts seats a look at each record.
create index enrollment_seated on enrollment (org_id, realm_id, status, end_at, deleted_at)
  where role = 'student' and deleted_at is null;
create index enrollment_line on enrollment (org_id, realm_id, enrolled_at, id, status, deleted_at)
  where status = 'waitlisted' and deleted_at is null;
create index enrollment_user on enrollment (org_id, user_id, id);
create index enrollment_staff on enrollment (org_id, realm_id, status, user_id)
  where role in ('teacher', 'administrator');
create index enrollment_course on enrollment (org_id, course_id, id);
create index enrollment_updated on enrollment (org_id, updated_at, id);
-- Spares who counts an organization's records, or pages through them, a look at each, and those gone.
create index enrollment_present on enrollment (org_id, id, deleted_at) where deleted_at is null;
create index enrollment_previous on enrollment (org_id, previous_id) where previous_id is not null;
create index enrollment_due on enrollment (end_at) where status = 'active' and end_at is not null;

create table component_done (
  org_id integer not null,
  enrollment_id integer not null,
  component_id integer not null,
  done_at text not null,
  primary key (org_id, enrollment_id, component_id),
  foreign key (org_id, enrollment_id) references enrollment (org_id, id),
  foreign key (org_id, component_id) references component (org_id, id)
) strict;
create index component_done_component on component_done (org_id, component_id);

create table submission (
  org_id integer not null,
  id integer primary key,
  key text not null,
  enrollment_id integer not null,
  user_id integer not null,
  course_id integer not null,
  assessment text not null,
  body text not null default '{}',
  score real,
  submitted_at text not null,
  unique (org_id, id),
  foreign key (org_id, enrollment_id) references enrollment (org_id, id),
  foreign key (org_id, course_id) references course (org_id, id)
) strict;
create unique index submission_key on submission (org_id, key);
create index submission_course on submission (org_id, course_id, id);
create index submission_user on submission (org_id, course_id, user_id, id);
create index submission_enrollment on submission (org_id, enrollment_id);

-- Audit trail, change feed and outbox trigger in one. It outlives the record: ids and keys, never names.
create table event (
  org_id integer not null references org (id),
  id integer primary key,
  at text not null,
  enrollment_id integer not null,
  enrollment_key text not null,
  user_id integer not null,
  realm_id integer not null,
  from_realm_id integer,
  course_id integer,
  kind text not null,
  from_status text,
  to_status text,
  actor_id integer,
  door text not null,
  reason text,
  data text not null default '{}',
  unique (org_id, id)
) strict;
create index event_enrollment on event (org_id, enrollment_id, id);
create index event_course on event (org_id, course_id, id);
create index event_user on event (org_id, user_id, id);

create table outbox (
  org_id integer not null references org (id),
  id integer primary key,
  event_id integer not null,
  channel text not null check (channel in ('email', 'webhook')),
  recipient text not null,
  template text not null,
  payload text not null default '{}',
  dedupe text not null,
  attempts integer not null default 0,
  next_at text,
  sent_at text,
  last_error text,
  unique (org_id, id),
  foreign key (org_id, event_id) references event (org_id, id)
) strict;
create unique index outbox_dedupe on outbox (org_id, dedupe);
create index outbox_due on outbox (channel, next_at) where sent_at is null;
create index outbox_receiver on outbox (channel, recipient, next_at, id)
  where channel = 'webhook' and sent_at is null;
create index outbox_sent on outbox (sent_at) where sent_at is not null;

create table webhook (
  org_id integer not null references org (id),
  id integer primary key,
  key text not null,
  url text not null,
  secret text not null,
  kinds text not null default '[]',
  active integer not null default 1 check (active in (0, 1)),
  unique (org_id, id)
) strict;
create unique index webhook_key on webhook (org_id, key);

create table idempotency (
  org_id integer not null,
  actor_id integer not null,
  idem_key text not null,
  request_hash text not null,
  response text not null,
  created_at text not null,
  primary key (org_id, actor_id, idem_key)
) strict;
create index idempotency_age on idempotency (created_at);
