-- The outbox: one delivery a report and recipient, written in the transaction of its cause.
-- Its events are only ever added: who did what, when, with which evidence.
create table delivery (
    id text primary key,
    report_id text not null references report (id),
    recipient_rpps text,
    recipient_address text,
    message_id text not null unique,
    state text not null check (state in ('pending', 'sent', 'acknowledged', 'rejected', 'failed', 'undeliverable')),
    reason text,
    created_at text not null,
    updated_at text not null,
    next_attempt_at text not null,
    attempts bigint not null,
    lease_token text,
    lease_until text,
    unique (report_id)
);

create index delivery_by_recipient on delivery (recipient_rpps, state);
create index delivery_by_due on delivery (state, next_attempt_at, id);

create table delivery_event (
    id text primary key,
    delivery_id text not null references delivery (id),
    at text not null,
    kind text not null,
    detail text,
    journal_id text references journal (id)
);

create index delivery_event_by_delivery on delivery_event (delivery_id, at, id);

create table inbound_mail (
    message_key text primary key,
    journal_id text not null references journal (id),
    kind text not null,
    delivery_id text references delivery (id),
    received_at text not null
);
