-- The identifier of the archive is fixed with the delivery, before the first attempt, as its Message-ID and
-- its envelope identifier (the delivery's own) are. Null: a delivery of an earlier release, whose archive
-- is identified by what it holds.
alter table delivery add column submission_id text;
