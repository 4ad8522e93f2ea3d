-- SQLite changes a check by making the table anew.
create table wider (
  org_id integer not null references org (id),
  id integer primary key,
  user_id integer not null references account (id),
  status text not null check (status in ('active', 'dropped', 'expired')),
  unique (org_id, id)
) strict;
insert into wider select org_id, id, user_id, status from seat;
drop table seat;
alter table wider rename to seat;
create index seat_user on seat (org_id, user_id);
