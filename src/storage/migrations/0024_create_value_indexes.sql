-- Dates, numbers and positions that searches read, extracted at write time as the other indexes are.
-- Instants of a period: the first, and the first after it; empty where the period is open.
-- Numbers are kept in millionths, degrees too. The state says which search parameters the rows were
-- made for: others make them anew at the next start.
create table search_date (
    resource_type text not null,
    resource_id text not null,
    parameter text not null,
    starts_at text not null,
    ends_at text not null,
    primary key (resource_type, parameter, starts_at, ends_at, resource_id)
);

create index search_date_by_resource on search_date (resource_type, resource_id);

create table search_quantity (
    resource_type text not null,
    resource_id text not null,
    parameter text not null,
    value bigint not null,
    system text not null,
    code text not null,
    primary key (resource_type, parameter, value, system, code, resource_id)
);

create index search_quantity_by_resource on search_quantity (resource_type, resource_id);

create table search_position (
    resource_type text not null,
    resource_id text not null,
    latitude bigint not null,
    longitude bigint not null,
    primary key (resource_type, resource_id)
);

create index search_position_by_latitude on search_position (resource_type, latitude, longitude);

create table search_state (
    id text primary key,
    fingerprint text not null
);
