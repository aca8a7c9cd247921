-- FHIR resources: the current version, and every version there ever was.
-- What can be searched is extracted at write time; no statement looks into the JSON.
create table resource (
    resource_type text not null,
    id text not null,
    version bigint not null,
    last_updated text not null,
    journal_id text not null references journal (id),
    json text not null,
    primary key (resource_type, id)
);

create table resource_version (
    resource_type text not null,
    id text not null,
    version bigint not null,
    last_updated text not null,
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
    primary key (resource_type, parameter, value, resource_id)
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
