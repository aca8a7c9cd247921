-- How far the offers that are kept were brought to the national lists in force: a switch, an undoing,
-- or a day on which a code ends makes them wait. `edition` and `aligned_on` are those of the last pass
-- that ended; `towards`, `towards_on` and `after_id` those of the one under way, which any process
-- goes on with.
create table offer_realignment (
    id bigint primary key check (id = 1),
    edition text not null,
    aligned_on text not null,
    towards text not null,
    towards_on text not null,
    after_id text not null
);

insert into offer_realignment (id, edition, aligned_on, towards, towards_on, after_id)
values (1, '', '', '', '', '');

-- The versions of offers that a pass wrote: undoing the switch brings back the version of before.
create table realigned_offer (
    id text not null,
    version bigint not null,
    former_version bigint not null,
    edition text not null,
    primary key (id, version)
);
