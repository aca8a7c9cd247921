-- Where a report comes from and whom it names, so that reports are counted by hospital and an address
-- is not given to a physician of another name. Taken from the documents at the next start.
alter table report add column hospital_key text;
alter table report add column hospital_name text;
alter table report add column physician_family text;
alter table report add column physician_given text;

update report set is_indexed = 0;

create index report_by_hospital on report (hospital_key, session_on);
create index report_by_board on report (board, session_on);
