-- Where mails go, by domain: one that fails waits without delaying the others, and is tried with one
-- mail at a time until one passes. Empty retry_at: at once.
create table destination (
    domain text primary key,
    failures bigint not null,
    retry_at text not null,
    reason text,
    updated_at text not null
);

insert into destination (domain, failures, retry_at, updated_at)
select distinct destination, 0, '', '' from delivery where destination is not null;

-- The queue is read one destination at a time.
drop index delivery_by_due;
create index delivery_by_due on delivery (destination, next_attempt_at, id) where state = 'pending';
create index delivery_by_interruptions on delivery (next_attempt_at, id) where state = 'pending' and interruptions >= 3;
