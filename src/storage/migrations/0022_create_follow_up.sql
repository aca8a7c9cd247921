-- What people did about the reports that mail does not bring to their physician, with the name of who
-- did it; what the follow-up reminded of, and when it called for somebody else; and the notices that
-- say so by mail, which are sent as deliveries are: fixed before the first attempt, by lease.
create table report_closing (
    id text primary key,
    report_id text not null references report (id),
    way text not null check (way in ('letter', 'telephone', 'handed-over', 'patient-opposition', 'reopened')),
    author text not null,
    note text not null,
    at text not null
);

create index report_closing_by_report on report_closing (report_id, at, id);

create table follow_up (
    report_id text not null references report (id),
    kind text not null check (kind in ('reminder', 'escalation')),
    at text not null,
    primary key (report_id, kind)
);

create table notice (
    id text primary key,
    kind text not null check (kind in ('reminder', 'escalation')),
    recipient_address text not null,
    message_id text not null unique,
    reports bigint not null,
    created_at text not null,
    next_attempt_at text not null,
    attempts bigint not null,
    sent_at text,
    failed_at text,
    answer text
);

create index notice_by_due on notice (sent_at, failed_at, next_attempt_at);
