-- What visitors say is wrong with an offer. No address of a machine is kept, and no patient is asked for:
-- who wrote may leave a way to be answered, or nothing. The same words about the same offer stand once.
create table offer_error_report (
    id text primary key,
    offer_id text not null,
    offer_name text not null,
    subject text not null,
    message text not null,
    contact text not null,
    received_at text not null,
    closed_at text,
    closed_by text not null default ''
);

create unique index offer_error_report_once on offer_error_report (offer_id, subject, message);
create index offer_error_report_open on offer_error_report (closed_at, received_at);
create index offer_error_report_by_instant on offer_error_report (received_at);
