-- Exports that were asked for, and the versions that each of them holds. A version never changes, so a
-- file is written while it is fetched, as often as it is fetched, by any instance; a restart loses
-- nothing, and no content is kept twice.
create table export_job (
    id text primary key,
    state text not null check (state in ('pending', 'ready', 'failed')),
    request_url text not null,
    request text not null,
    requested_at text not null,
    lease_until text,
    transaction_time text,
    expires_at text not null
);

create index export_job_by_state on export_job (state, requested_at);
create index export_job_by_expiry on export_job (expires_at);

-- is_deleted: the resource is told as deleted since the instant that the request names.
create table export_row (
    job_id text not null references export_job (id),
    is_deleted bigint not null check (is_deleted in (0, 1)),
    resource_type text not null,
    resource_id text not null,
    version bigint not null,
    primary key (job_id, is_deleted, resource_type, resource_id)
);
