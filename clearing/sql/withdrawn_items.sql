-- Open items of disputes that a later record has taken back.
select distinct x.exception_id, x.kind, x.subject
  from clearing.dispute_withdrawal w
  join clearing.record d on d.file_id = w.taken_file and d.position = w.taken_position
  join ledger.exception x on x.subject = format('clearing %s/%s', d.file_id, d.position) and x.kind = d.kind and x.status = 'open'
 where not w.is_worked_off
 order by x.exception_id
