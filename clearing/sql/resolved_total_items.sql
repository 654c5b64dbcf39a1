-- Items about totals that runs of this date have found and that are worked off. Those of other dates must not make its inputs others.
select distinct x.kind, x.subject from ledger.exception x
 where x.status = 'resolved' and x.kind = any ($2::text[])
   and exists (select from clearing.finding f join clearing.run r using (run_id)
                where f.subject = x.subject and f.kind = x.kind and r.business_date = $1)
   and not exists (select from ledger.exception o where o.kind = x.kind and o.subject = x.subject and o.status = 'open')
 order by 1, 2
