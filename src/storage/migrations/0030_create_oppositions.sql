-- What a patient objects to: reports by secure mail to professionals, or to the patient's own box. It is kept by
-- the identifiers of the patient that the report had for which somebody said so, and holds for every report that
-- has one of them. Never changed: the last line of each scope counts.
create table patient_opposition (
    id text not null,
    system text not null,
    value text not null,
    scope text not null check (scope in ('professionals', 'patient')),
    is_opposed bigint not null check (is_opposed in (0, 1)),
    author text not null,
    note text not null,
    at text not null,
    primary key (id, system, value)
);

create index patient_opposition_by_patient on patient_opposition (system, value, scope, at, id);

-- The mailboxes that a delivery was meant for before the one that it has now: what still comes back from one of
-- them speaks of the same report.
create table delivery_address (
    delivery_id text not null references delivery (id),
    address text not null,
    primary key (delivery_id, address)
);

-- Held mails that a person let in, with the name of that person and why.
create table quarantine_release (
    journal_id text primary key references journal (id),
    report_id text not null references report (id),
    author text not null,
    note text not null,
    at text not null
);

-- It counted nothing.
alter table recipient drop column failures;
