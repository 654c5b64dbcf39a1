-- That a match, a booking or a dispute has its record, and a record its file, is looked up once per statement instead of once per
-- row: row by row it was a fifth of what Postgres spent on posting a file. Nothing of it is ever deleted or renamed (append-only),
-- so only what is added can be wrong.

create function clearing.check_file() returns trigger language plpgsql as $$
declare
    missing text;
begin
    select a.file_id into missing from (select distinct file_id from added) as a
     where not exists (select from clearing.file f where f.file_id = a.file_id) limit 1;
    if found then
        raise exception 'cardline: there is no clearing file %', missing using errcode = 'CL007';
    end if;
    return null;
end $$;

-- lateral, offset 0: each record is looked up by its key, whatever the planner believes of the tables' sizes.
create function clearing.check_record() returns trigger language plpgsql as $$
declare
    missing record;
begin
    select a.file_id, a.position into missing
      from added a
      left join lateral (select true as is_there from clearing.record r
                          where r.file_id = a.file_id and r.position = a.position offset 0) as r on true
     where r.is_there is null limit 1;
    if found then
        raise exception 'cardline: there is no record %/%', missing.file_id, missing.position using errcode = 'CL007';
    end if;
    return null;
end $$;

create trigger of_file after insert on clearing.record referencing new table as added
    for each statement execute function clearing.check_file();
create trigger of_record after insert on clearing.match referencing new table as added
    for each statement execute function clearing.check_record();
create trigger of_record after insert on clearing.booking referencing new table as added
    for each statement execute function clearing.check_record();
create trigger of_record after insert on clearing.dispute_record referencing new table as added
    for each statement execute function clearing.check_record();

alter table clearing.record drop constraint record_file_id_fkey;
alter table clearing.match drop constraint match_file_id_position_fkey;
alter table clearing.booking drop constraint booking_file_id_position_fkey;
alter table clearing.dispute_record drop constraint dispute_record_file_id_position_fkey;
