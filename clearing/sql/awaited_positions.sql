-- What the newest run of an earlier date awaits positions for, where none has come since: there is no item of what is only late.
select f.kind, f.subject, f.asset, f.amount
  from (select distinct on (business_date) run_id, business_date from clearing.run where business_date < $1 order by business_date, run_id desc) as r
  join clearing.finding f using (run_id)
 where f.kind = 'position_missing' and f.rule is not null and f.amount <> 0
   and not exists (select from clearing.position p where p.business_date = r.business_date and p.fault is null
                      and f.subject in (format('settlement %s %s of %s', p.service, p.asset, p.business_date),
                                        format('settlement %s %s of %s cycle %s', p.service, p.asset, p.business_date, p.cycle)))
 order by f.run_id, f.number
