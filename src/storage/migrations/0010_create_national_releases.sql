-- Releases of national lists that were switched to. The lists in use are those of the program or of
-- the network's folder, with the lists of each release that was not undone, in the order of the ids.
-- Undoing marks the last one: nothing is deleted.
create table national_release (
    id text primary key,
    label text not null,
    switched_at text not null,
    undone_at text
);

create table national_table (
    release_id text not null references national_release (id),
    path text not null,
    sha256 text not null references content (sha256),
    primary key (release_id, path)
);

-- One row, which each switch and each undoing changes first: they follow one another.
create table national_change (
    id bigint primary key check (id = 1),
    changes bigint not null
);

insert into national_change (id, changes) values (1, 0);
