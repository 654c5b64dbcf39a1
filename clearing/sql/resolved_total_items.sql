-- Items about totals that runs of this date have found and that somebody has ended: booked, matched or given up. What has settled itself is
-- not found any more and explains nothing; it must not make the inputs of the run that ended it others. Nor must items of other dates.
select distinct x.kind, x.subject from ledger.exception x
 where x.status = 'resolved' and x.kind = any ($2::text[])
   and (x.resolution_journal_id is not null
        or exists (select from clearing.exception_act a where a.exception_id = x.exception_id and a.act in ('matched', 'written_off')))
   and exists (select from clearing.finding f join clearing.run r using (run_id)
                where f.subject = x.subject and f.kind = x.kind and r.business_date = $1)
   and not exists (select from ledger.exception o where o.kind = x.kind and o.subject = x.subject and o.status = 'open')
 order by 1, 2
