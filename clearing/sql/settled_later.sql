-- Records whose money is in the books up to a date, and which the network settles after it (PDS 0159, or a business date ahead of the day on
-- which the file came); positive where we get it, interchange under its own asset. Files ahead are found one by one in their index, for two months.
with recursive ahead as (
    (select r.business_date, r.file_id from clearing.record r
      where r.business_date > $1 and r.business_date <= $1::date + 62 order by r.business_date, r.file_id limit 1)
     union all
    select n.business_date, n.file_id from ahead a
     cross join lateral (select r.business_date, r.file_id from clearing.record r
                          where (r.business_date, r.file_id) > (a.business_date, a.file_id) and r.business_date <= $1::date + 62
                          order by r.business_date, r.file_id limit 1) as n),
later as (
    select r.* from clearing.record r
     where r.reconciliation_date > $1 and r.reconciliation_date > r.business_date and r.business_date <= $1
     union all
    select r.* from ahead a join clearing.file f on f.file_id = a.file_id and (f.received_at at time zone 'UTC')::date <= $1
      join clearing.record r on r.business_date = a.business_date and r.file_id = a.file_id)
select coalesce(r.service, '') as service, part.asset, greatest(r.reconciliation_date, r.business_date) as settles_on,
       count(nullif(part.amount, 0)) as count, sum(coalesce(part.amount * case when r.is_debit then -1 else 1 end, part.fee))::bigint as net
  from later r
 cross join lateral (values (coalesce(r.settled_asset, r.asset), coalesce(r.settled_amount, r.amount), null::bigint),
                            (r.interchange_asset, null::bigint, r.interchange)) as part (asset, amount, fee)
 where r.kind is not null and (coalesce(r.settled_amount, r.amount) <> 0 or r.interchange <> 0) and part.asset is not null
 group by 1, 2, 3 order by 1, 2, 3
