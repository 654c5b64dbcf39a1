select distinct x.kind, x.subject from ledger.exception x
 where x.status = 'resolved' and x.kind = any ($1::text[])
   and not exists (select from ledger.exception o where o.kind = x.kind and o.subject = x.subject and o.status = 'open')
 order by 1, 2
