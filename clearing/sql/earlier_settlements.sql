-- What the bank has paid otherwise than the network states for earlier dates, as it stands now: also what is only late, of which there is no
-- item. What was worked off is booked. Of four months; what is older than that explains its part while its item is open.
with net as (
    select service, asset, business_date as settles_on, cycle, sum(credits - debits + fee)::bigint as minor
      from clearing.position where business_date < $1 and business_date >= $1::date - 122 and fault is null and function = '' group by 1, 2, 3, 4),
paid as (
    select e.service, s.asset, e.settles_on, e.cycle, sum(e.minor)::bigint as minor
      from clearing.bank_entry e join clearing.bank_statement s using (sha256, place) where e.settles_on < $1 and e.settles_on >= $1::date - 122 group by 1, 2, 3, 4),
differing as (
    select case when p.minor is null then 'bank_entry_missing' when n.minor is null then 'bank_entry_unexpected' else 'bank_differs' end as kind,
           format('settlement %s %s of %s%s', service, asset, settles_on, ' cycle ' || nullif(cycle, 0)) as subject, asset,
           coalesce(p.minor, 0) - coalesce(n.minor, 0) as amount
      from net n full join paid p using (service, asset, settles_on, cycle) where coalesce(p.minor, 0) <> coalesce(n.minor, 0))
select d.kind, d.subject, d.asset, d.amount from differing d
 where not exists (select from ledger.exception x where x.kind = d.kind and x.subject = d.subject and x.status = 'resolved')
    or exists (select from ledger.exception x where x.kind = d.kind and x.subject = d.subject and x.status = 'open')
union all
select x.kind, x.subject, x.asset, x.amount from ledger.exception x join clearing.exception_case c using (exception_id)
 where x.status = 'open' and x.kind in ('bank_entry_missing', 'bank_entry_unexpected', 'bank_differs') and c.business_date < $1::date - 122
 order by subject, kind
