-- From whom a report is hidden, when its archive says so; and whether its delivery to the patient was ordered.
create table report_mark (
    report_id text primary key references report (id),
    is_masked bigint not null check (is_masked in (0, 1)),
    is_hidden_from_patient bigint not null check (is_hidden_from_patient in (0, 1)),
    is_hidden_from_representatives bigint not null check (is_hidden_from_representatives in (0, 1))
);
