alter table account rename column name to name_last;
alter table account add column name_first text not null default '';
