-- Records up to a date that the network settles after it (PDS 0159), positive where we get it.
select coalesce(r.service, '') as service, coalesce(r.settled_asset, r.asset) as asset, r.reconciliation_date as settles_on, count(*) as count,
       sum(coalesce(r.settled_amount, r.amount) * case when r.is_debit then -1 else 1 end + coalesce(r.interchange, 0))::bigint as net
  from clearing.record r
 where r.reconciliation_date > $1 and r.reconciliation_date > r.business_date and r.business_date <= $1
   and r.fault is null and coalesce(r.settled_amount, r.amount) <> 0
 group by 1, 2, 3 order by 1, 2, 3
