-- What a release was weighed to change before it was switched to, as JSON; empty for those of before.
alter table national_release add column impact text not null default '';
