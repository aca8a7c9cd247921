-- The last change of the search rows of each resource, by the number of the turn in which it was made:
-- who keeps search rows in memory reads what changed since.
create table search_change (
    resource_type text not null,
    resource_id text not null,
    turn bigint not null,
    primary key (resource_type, resource_id)
);

create index search_change_by_turn on search_change (turn);
