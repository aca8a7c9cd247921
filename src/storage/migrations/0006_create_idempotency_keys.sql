-- A sender may name its request, to repeat it without fear: the same name gives the same answer.
-- The name is kept as its hash.
create table idempotency_key (
    key_sha256 text primary key,
    body_sha256 text not null,
    report_id text not null references report (id),
    is_repeated bigint not null check (is_repeated in (0, 1)),
    at text not null
);

create index delivery_by_state on delivery (state, report_id);
