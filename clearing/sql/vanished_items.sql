-- Open items that an earlier run of this date raised and this one no longer finds.
select distinct x.exception_id, x.kind, x.subject from ledger.exception x join clearing.finding f on f.kind = x.kind and f.subject = x.subject
  join clearing.run r using (run_id)
 where x.status = 'open' and r.business_date = $1 and f.rule is null
   and not exists (select from clearing.finding n where n.run_id = $2 and n.kind = x.kind and n.subject = x.subject and n.rule is null)
 order by x.exception_id
