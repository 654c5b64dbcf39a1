-- The last run; what postings and runs left for people; and the oldest business date with records that no run was ever about.
-- The dates are found one by one in their index: there are millions of records, and a few hundred dates a year.
with recursive dates as (
    select min(business_date) as day from clearing.record
     union all
    select (select min(r.business_date) from clearing.record r where r.business_date > d.day) from dates d where d.day is not null)
select extract(epoch from clock_timestamp() - l.at)::float8 as run_age_seconds, extract(epoch from l.business_date)::float8 as run_date_seconds,
       (select count(*) from ledger.exception x join clearing.exception_case c using (exception_id) where x.status = 'open') as findings_open,
       (select coalesce(greatest(extract(epoch from clock_timestamp() - (min(d.day) + 1)::timestamp at time zone 'UTC'), 0), 0)::float8
          from dates d where not exists (select from clearing.run r where r.business_date = d.day)) as overdue_seconds
  from (select) as one
  left join lateral (select at, business_date from clearing.run order by run_id desc limit 1) as l on true
