-- Open items of disputes that a later record has taken back.
select distinct x.exception_id, x.kind, x.subject
  from clearing.dispute_record w
  join clearing.record t on t.file_id = w.file_id and t.position = w.position
  join clearing.dispute_record d on d.case_name = w.case_name and d.stage = w.stage and not d.is_withdrawn
  join clearing.record r on r.file_id = d.file_id and r.position = d.position and r.amount = t.amount and r.asset = t.asset
  join ledger.exception x on x.subject = format('clearing %s/%s', d.file_id, d.position) and x.kind = r.kind and x.status = 'open'
 where w.is_withdrawn
 order by x.exception_id
