-- What the directory is searched for, counted by day: never who searches, nor one search by itself. A word
-- stands here when it is of a vocabulary, or when enough searches of one day held it.
create table search_count (
    counted_on text not null,
    kind text not null,
    value text not null,
    searches bigint not null,
    without_result bigint not null,
    primary key (counted_on, kind, value)
);
