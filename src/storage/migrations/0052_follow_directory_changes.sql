-- The national directory is asked what changed, beside being asked about each physician: the structures where a
-- physician works, by their national identifiers (the directory's own ids do not last), and up to when its changes
-- are known.
create table recipient_place (
    rpps text not null references recipient (rpps),
    place text not null,
    primary key (rpps, place)
);

create index recipient_place_by_place on recipient_place (place);

create table directory_changes (
    source text primary key,
    reached_at text,
    next_at text not null
);

insert into directory_changes (source, next_at) values ('annuaire', '');
