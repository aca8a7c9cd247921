-- What the national directory says of a physician is kept whole, with its freshness: every mailbox,
-- not only the chosen one; who is not in it, apart from who has no mailbox; what refused a mail; and
-- what a person decided, with the name of that person. A decision is never changed: the last one counts.
alter table recipient add column listing text not null default 'listed'
    check (listing in ('asked', 'listed', 'inactive', 'not-found'));
alter table recipient add column hindrance text;
alter table recipient add column postal_address text not null default '';
alter table recipient add column updated_at text;
alter table recipient add column refresh_at text;
alter table recipient add column failures bigint not null default 0;

update recipient set hindrance = 'no-mailbox' where address is null;

create index recipient_by_refresh on recipient (refresh_at, rpps);

create table recipient_mailbox (
    rpps text not null references recipient (rpps),
    address text not null,
    kind text,
    rank bigint,
    holder text not null check (holder in ('physician', 'situation', 'organization')),
    label text,
    updated_at text,
    source text not null,
    seen_at text not null,
    is_listed bigint not null check (is_listed in (0, 1)),
    refused_at text,
    refusal text,
    primary key (rpps, address)
);

create index recipient_mailbox_by_address on recipient_mailbox (address);

insert into recipient_mailbox (rpps, address, holder, source, seen_at, is_listed)
select rpps, address, 'physician', source, checked_at, 1 from recipient where address is not null;

create table recipient_decision (
    id text primary key,
    rpps text not null references recipient (rpps),
    kind text not null check (kind in ('address', 'opposition', 'lifted')),
    address text,
    author text not null,
    note text not null,
    at text not null
);

create index recipient_decision_by_recipient on recipient_decision (rpps, at, id);
