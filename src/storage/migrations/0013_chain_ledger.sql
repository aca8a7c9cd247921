-- The ledger of deliveries: every line carries its place in one chain and the hash of the line before
-- it, so that a line changed, taken out or moved is found. The hashes are made by the program: lines of
-- earlier releases are chained, in their order, when it next opens the database.
-- States are no longer listed by a check: no engine can widen one in place, and every word is parsed
-- when it is read. A claimed delivery is due again at the end of its lease, so the queue has one
-- instant; the empty text sorts before every instant, and means at once whatever the clock says.
create table delivery_with_destination (
    id text primary key,
    report_id text not null references report (id),
    purpose text not null,
    recipient_rpps text,
    recipient_address text,
    -- Domain of the address: what a failure beyond the operator is told about.
    destination text,
    message_id text not null unique,
    state text not null,
    reason text,
    created_at text not null,
    updated_at text not null,
    next_attempt_at text not null,
    attempts bigint not null,
    -- Claims in a row that ended without a result: a mail that ends its worker is set aside.
    interruptions bigint not null,
    lease_token text,
    unique (report_id, purpose)
);

insert into delivery_with_destination (id, report_id, purpose, recipient_rpps, recipient_address, destination,
       message_id, state, reason, created_at, updated_at, next_attempt_at, attempts, interruptions, lease_token)
select id, report_id, purpose, recipient_rpps, recipient_address,
       lower(substr(recipient_address, length(rtrim(recipient_address, replace(recipient_address, '@', ''))) + 1)),
       message_id, state, reason, created_at, updated_at, coalesce(lease_until, next_attempt_at), attempts, 0, lease_token
  from delivery;

create table ledger_line (
    id text primary key,
    delivery_id text not null references delivery_with_destination (id),
    at text not null,
    kind text not null,
    state text,
    reason text,
    detail text,
    journal_id text references journal (id),
    -- SHA-256 of what proves the line: the mail that left, or the one that came.
    evidence_sha256 text,
    -- Null until the line is chained.
    sequence bigint,
    previous_hash text,
    hash text
);

insert into ledger_line (id, delivery_id, at, kind, detail, journal_id, evidence_sha256)
select event.id, event.delivery_id, event.at, event.kind, event.detail, event.journal_id, journal.sha256
  from delivery_event event left join journal on journal.id = event.journal_id;

create table ledger_head (
    id bigint primary key check (id = 1),
    sequence bigint not null,
    hash text not null
);

insert into ledger_head (id, sequence, hash) values (1, 0, '');

create table inbound_mail_kept (
    message_key text primary key,
    journal_id text not null references journal (id),
    kind text not null,
    delivery_id text references delivery_with_destination (id),
    received_at text not null
);

insert into inbound_mail_kept (message_key, journal_id, kind, delivery_id, received_at)
select message_key, journal_id, kind, delivery_id, received_at from inbound_mail;

drop table inbound_mail;
drop table delivery_event;
drop table delivery;

alter table delivery_with_destination rename to delivery;
alter table inbound_mail_kept rename to inbound_mail;

create index delivery_by_recipient on delivery (recipient_rpps, state);
create index delivery_by_state on delivery (state, reason);
create index delivery_by_due on delivery (next_attempt_at, id) where state = 'pending';
create index delivery_by_lease on delivery (lease_token) where lease_token is not null;
create unique index ledger_line_by_sequence on ledger_line (sequence);
create index ledger_line_by_delivery on ledger_line (delivery_id, sequence);
