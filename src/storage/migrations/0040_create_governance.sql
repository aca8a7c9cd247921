-- The governance of the directory. What people and the calendar do is a journal that is only added to;
-- beside it, written in the same transaction, stands where each structure is now, for the queues and for
-- the calendar. An account is a person; a link opens one door once, a session stays open for a while, and
-- both are kept as hashes. Notices are mails that are fixed before their first attempt, as others are.
create table account (
    id text primary key,
    address text not null unique,
    name text not null,
    role text not null check (role in ('referent', '3c', 'dac', 'dsrc')),
    territory text not null,
    created_at text not null,
    closed_at text
);

create table listing (
    structure_id text primary key,
    version bigint not null,
    name text not null,
    kind text not null,
    department text not null,
    insee_code text not null,
    standing text not null check (standing in ('unlisted', 'published', 'lapsed', 'delisted')),
    review text not null check (review in ('idle', 'draft', 'territorial', 'regional', 'refused')),
    review_since text,
    applicant_id text references account (id),
    referent_id text references account (id),
    verified_on text,
    -- Day of the next step of the calendar; null where there is none.
    next_step_on text,
    mail_returned text not null
);

create index listing_by_step on listing (next_step_on, structure_id);
create index listing_by_review on listing (review, review_since, structure_id);
create index listing_by_referent on listing (referent_id);
create index listing_by_applicant on listing (applicant_id);

create table listing_event (
    structure_id text not null references listing (structure_id),
    number bigint not null,
    at text not null,
    day text not null,
    author_id text not null,
    author_name text not null,
    author_role text not null,
    author_territory text not null,
    kind text not null,
    act text not null,
    -- What was handed in, corrected or published with it; null for the rest.
    application text,
    primary key (structure_id, number)
);

create index listing_event_by_instant on listing_event (at, structure_id, number);

-- What somebody is writing, until it is handed in: the one table here whose rows change.
create table draft_application (
    structure_id text primary key references listing (structure_id),
    version bigint not null,
    updated_at text not null,
    author_id text not null,
    application text not null
);

create table login_link (
    token_sha256 text primary key,
    account_id text not null references account (id),
    purpose text not null check (purpose in ('login', 'confirmation')),
    structure_id text not null,
    created_at text not null,
    expires_at text not null,
    used_at text
);

create index login_link_by_account on login_link (account_id, created_at);

create table web_session (
    token_sha256 text primary key,
    account_id text not null references account (id),
    means text not null,
    form_token text not null,
    created_at text not null,
    expires_at text not null,
    closed_at text
);

create table governance_notice (
    id text primary key,
    account_id text not null references account (id),
    kind text not null,
    structure_id text not null,
    message_id text not null unique,
    created_at text not null,
    next_attempt_at text not null,
    attempts bigint not null,
    sent_at text,
    failed_at text,
    answer text
);

create index governance_notice_by_due on governance_notice (sent_at, failed_at, next_attempt_at);
create index governance_notice_by_account on governance_notice (account_id, kind, created_at);
