-- FHIR resources: the current version, and every version there ever was.
-- What can be searched is extracted at write time; no statement looks into the JSON.
-- The fingerprint is the hash of what came, so that the same content makes no new version.
create table resource (
    resource_type text not null,
    id text not null,
    version bigint not null,
    created_at text not null,
    last_updated text not null,
    fingerprint text not null,
    sort_name text not null,
    is_public bigint not null check (is_public in (0, 1)),
    journal_id text not null references journal (id),
    json text not null,
    primary key (resource_type, id)
);

create index resource_by_instant on resource (resource_type, last_updated, id);
create index resource_by_name on resource (resource_type, sort_name, id);

create table resource_version (
    resource_type text not null,
    id text not null,
    version bigint not null,
    last_updated text not null,
    is_public bigint not null check (is_public in (0, 1)),
    journal_id text not null references journal (id),
    json text not null,
    primary key (resource_type, id, version)
);

create table search_token (
    resource_type text not null,
    resource_id text not null,
    parameter text not null,
    system text not null,
    code text not null,
    primary key (resource_type, parameter, code, system, resource_id)
);

create index search_token_by_resource on search_token (resource_type, resource_id);

create table search_string (
    resource_type text not null,
    resource_id text not null,
    parameter text not null,
    value text not null,
    exact text not null,
    primary key (resource_type, parameter, value, exact, resource_id)
);

create index search_string_by_resource on search_string (resource_type, resource_id);

create table search_reference (
    resource_type text not null,
    resource_id text not null,
    parameter text not null,
    target_type text not null,
    target_id text not null,
    primary key (resource_type, parameter, target_type, target_id, resource_id)
);

create index search_reference_by_resource on search_reference (resource_type, resource_id);

create table search_word (
    resource_type text not null,
    word text not null,
    resource_id text not null,
    primary key (resource_type, word, resource_id)
);

create index search_word_by_resource on search_word (resource_type, resource_id);
