-- Nothing looks for the arrivals of a content, and hashes are in no order: keeping theirs in one wrote
-- a page of its own for each arrival.
drop index journal_by_content;
