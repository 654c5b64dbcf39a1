-- Files not posted to their end that nobody is posting, with how long nothing came of the oldest; open items whose deadline has passed; and the
-- newest business date before today of any record, where no reconciliation was run for it.
with idle as (
    select f.file_id, extract(epoch from now() - coalesce(c.at, f.received_at))::float8 as seconds
      from clearing.file f
      left join lateral (select p.is_end, p.at from clearing.posted_chunk p where p.file_id = f.file_id
                          order by p.first_position desc limit 1) as c on true
     where c.is_end is not true
       and not exists (select from pg_locks l
                        where l.locktype = 'advisory' and l.granted and l.objsubid = 1
                          and l.database = (select d.oid from pg_database d where d.datname = current_database())
                          and (l.classid::bigint << 32) | l.objid::bigint = hashtextextended('cardline clearing posting ' || f.file_id, 0))),
overdue as (
    select coalesce(x.due_on, c.deadline) as due_on from ledger.exception x left join clearing.exception_case c using (exception_id)
     where x.status = 'open' and coalesce(x.due_on, c.deadline) < (now() at time zone 'UTC')::date),
last as (select max(business_date) as day from clearing.record where business_date < (now() at time zone 'UTC')::date)
select (select count(*) from idle)::int as unposted_files,
       (select file_id from idle order by seconds desc, file_id limit 1) as unposted_file,
       coalesce((select max(seconds) from idle), 0)::float8 as unposted_seconds,
       (select count(*) from overdue)::int as overdue_items, (select min(due_on) from overdue) as overdue_since,
       (select day from last where not exists (select from clearing.run r where r.business_date = last.day)) as unreconciled
