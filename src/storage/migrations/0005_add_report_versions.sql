-- A report has versions that share a set: one of them is current, the others are superseded, any of
-- them may be cancelled. The row of the set is what two arrivals of its versions queue for.
create table report_set (
    set_id text primary key,
    changes bigint not null
);

insert into report_set (set_id, changes) select distinct set_id, 0 from report;

alter table report add column standing text not null default 'current'
    check (standing in ('current', 'superseded', 'cancelled'));
alter table report add column revision bigint not null default 1;
alter table report add column changed_at text not null default '';
alter table report add column replaces_document_id text;
-- What reports are searched by is extracted when they arrive; 0 for those that came before.
alter table report add column is_indexed bigint not null default 0 check (is_indexed in (0, 1));
alter table report add column session_on text;
alter table report add column created_at text;
alter table report add column period_start text;
alter table report add column period_end text;

update report set changed_at = received_at;
update report set standing = 'superseded' where exists (
    select 1 from report later where later.set_id = report.set_id
       and (later.version > report.version or (later.version = report.version and later.id > report.id)));

create index report_by_session on report (session_on, id);
create index report_by_replaced on report (replaces_document_id);
create index report_by_standing on report (standing, received_at, id);
create index report_by_attending on report (attending_rpps, received_at, id);
create index report_to_index on report (is_indexed, id);

create table report_key (
    report_id text not null references report (id),
    kind text not null,
    system text not null,
    value text not null,
    primary key (report_id, kind, system, value)
);

create index report_key_by_value on report_key (kind, value, system, report_id);

create table report_cancellation (
    report_id text primary key references report (id),
    journal_id text not null references journal (id),
    at text not null
);

-- What was refused: the findings that were answered, and the stored report that it contradicts.
create table refusal (
    journal_id text primary key references journal (id),
    received_at text not null,
    findings text not null,
    report_id text references report (id),
    is_cut bigint not null check (is_cut in (0, 1))
);

create index refusal_by_instant on refusal (received_at, journal_id);
create index refusal_by_report on refusal (report_id);

-- A delivery may be withdrawn before it leaves, and a cancelled report that left is followed by the
-- word that it is cancelled. No engine can widen a check in place on both sides: the table and those
-- that point at it are made anew, with their rows.
create table delivery_made_anew (
    id text primary key,
    report_id text not null references report (id),
    purpose text not null check (purpose in ('report', 'cancellation')),
    recipient_rpps text,
    recipient_address text,
    message_id text not null unique,
    state text not null check (state in
        ('pending', 'sent', 'acknowledged', 'rejected', 'failed', 'undeliverable', 'withdrawn')),
    reason text,
    created_at text not null,
    updated_at text not null,
    next_attempt_at text not null,
    attempts bigint not null,
    lease_token text,
    lease_until text,
    unique (report_id, purpose)
);

insert into delivery_made_anew (id, report_id, purpose, recipient_rpps, recipient_address, message_id, state,
       reason, created_at, updated_at, next_attempt_at, attempts, lease_token, lease_until)
select id, report_id, 'report', recipient_rpps, recipient_address, message_id, state,
       reason, created_at, updated_at, next_attempt_at, attempts, lease_token, lease_until
  from delivery;

create table delivery_event_made_anew (
    id text primary key,
    delivery_id text not null references delivery_made_anew (id),
    at text not null,
    kind text not null,
    detail text,
    journal_id text references journal (id)
);

insert into delivery_event_made_anew (id, delivery_id, at, kind, detail, journal_id)
select id, delivery_id, at, kind, detail, journal_id from delivery_event;

create table inbound_mail_made_anew (
    message_key text primary key,
    journal_id text not null references journal (id),
    kind text not null,
    delivery_id text references delivery_made_anew (id),
    received_at text not null
);

insert into inbound_mail_made_anew (message_key, journal_id, kind, delivery_id, received_at)
select message_key, journal_id, kind, delivery_id, received_at from inbound_mail;

drop table inbound_mail;
drop table delivery_event;
drop table delivery;

alter table delivery_made_anew rename to delivery;
alter table delivery_event_made_anew rename to delivery_event;
alter table inbound_mail_made_anew rename to inbound_mail;

create index delivery_by_recipient on delivery (recipient_rpps, state);
create index delivery_by_due on delivery (state, next_attempt_at, id);
create index delivery_event_by_delivery on delivery_event (delivery_id, at, id);
