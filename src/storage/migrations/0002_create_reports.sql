-- RCP reports: one row a document, found again by the identity that its author gave it.
-- Recipients: the local mirror of the physicians' secure addresses.
create table report (
    id text primary key,
    document_id text not null unique,
    set_id text not null,
    version bigint not null,
    journal_id text not null references journal (id),
    source_sha256 text not null references content (sha256),
    cda_sha256 text not null references content (sha256),
    board text not null,
    session_at text not null,
    attending_rpps text,
    received_at text not null
);

create index report_by_instant on report (received_at, id);
create index report_by_set on report (set_id, version);

create table recipient (
    rpps text primary key,
    family_name text not null,
    given_name text not null,
    address text,
    source text not null,
    checked_at text not null
);
