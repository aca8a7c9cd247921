-- What made each version, deletions included, for the history of a resource, of a type, of all.
-- A deleted resource has no row in table resource any more; its versions stay.
-- The turn is a row that every writer of the directory changes first: on PostgreSQL they then write one
-- after the other, so that versions are seen in the order of their instants, an identifier stays
-- unique and a conditional creation makes one resource. SQLite has one writer anyway.
alter table resource_version add column method text not null default 'PUT';

create index resource_version_by_instant on resource_version (last_updated, resource_type, id, version);
create index resource_version_by_type on resource_version (resource_type, last_updated, id, version);

create table write_turn (
    id text primary key,
    turn bigint not null
);

insert into write_turn (id, turn) values ('directory', 0);
