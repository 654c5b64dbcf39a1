-- Roundings that a run was to book and that are still open: it may have been cut off between the journal and its item.
select distinct x.exception_id from ledger.exception x join clearing.finding f on f.kind = x.kind and f.subject = x.subject and f.rule = 'rounding'
 where x.status = 'open' and x.kind = 'rounding' order by x.exception_id
