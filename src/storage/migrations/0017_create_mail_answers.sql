-- What is answered to a mail that brought documents: once a mail, written with what was made of it, sent by a worker.
alter table inbound_mail add column outcome text;
alter table inbound_mail add column report_id text references report (id);

create table mail_answer (
    id text primary key,
    message_key text not null unique references inbound_mail (message_key),
    journal_id text not null references journal (id),
    kind text not null check (kind in ('notification', 'letter')),
    recipient text not null,
    message_id text not null unique,
    code bigint,
    label text,
    state text not null check (state in ('pending', 'sent', 'failed')),
    detail text,
    attempts bigint not null,
    created_at text not null,
    next_attempt_at text not null,
    lease_token text,
    lease_until text
);

create index mail_answer_by_due on mail_answer (state, next_attempt_at, id);
