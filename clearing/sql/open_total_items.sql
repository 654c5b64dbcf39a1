-- Items about totals of earlier dates that are still open.
select x.kind, x.subject, x.asset, x.amount from ledger.exception x
 where x.status = 'open' and x.kind = any ($2::text[]) and x.asset is not null and x.amount is not null
   and exists (select from clearing.finding f join clearing.run r using (run_id)
                where f.kind = x.kind and f.subject = x.subject and r.business_date < $1)
 order by x.exception_id
