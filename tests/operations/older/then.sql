-- What a released version made, cut down to what a migration has to cope with.
create table copying (
  source text primary key
) strict;

create table org (
  id integer primary key,
  key text not null
) strict;
create unique index org_key on org (key);

create table account (
  id integer primary key,
  key text not null,
  name text not null default ''
) strict;
create unique index account_key on account (key);

create table seat (
  org_id integer not null references org (id),
  id integer primary key,
  user_id integer not null references account (id),
  status text not null check (status in ('active', 'dropped')),
  unique (org_id, id)
) strict;

create table note (
  org_id integer not null,
  id integer primary key,
  seat_id integer not null,
  text text not null,
  foreign key (org_id, seat_id) references seat (org_id, id)
) strict;
