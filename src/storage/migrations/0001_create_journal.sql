-- Everything that arrives is kept as it came, before and beside what is made of it.
-- Bytes are stored once, however often they arrive; each arrival is a line of its own.
create table content (
    sha256 text primary key,
    size_bytes bigint not null,
    bytes bytea not null
);

create table journal (
    id text primary key,
    sha256 text not null references content (sha256),
    source text not null,
    media_type text not null,
    received_at text not null,
    outcome text not null check (outcome in ('accepted', 'repeated', 'refused')),
    reason text
);

create index journal_by_content on journal (sha256);
create index journal_by_instant on journal (received_at);
