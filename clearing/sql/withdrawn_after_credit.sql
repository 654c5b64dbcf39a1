-- Records of a date that took a chargeback back whose money the cardholder has been given.
select distinct on (t.file_id, t.position) t.file_id, t.position, 'dispute_withdrawn' as kind, not r.is_debit as is_debit, t.amount, t.asset,
       c.account_id, t.reason, 'the chargeback was withdrawn, and the cardholder has its money' as said, t.function_code, t.business_date
  from clearing.record t
  join clearing.dispute_record w on w.file_id = t.file_id and w.position = t.position and w.is_withdrawn and w.stage = 'chargeback'
  join clearing.dispute_record d on d.case_name = w.case_name and d.stage = w.stage and not d.is_withdrawn
  join clearing.record r on r.file_id = d.file_id and r.position = d.position and r.amount = t.amount and r.asset = t.asset
  join ledger.exception x on x.subject = format('clearing %s/%s', d.file_id, d.position) and x.kind = 'chargeback'
                         and x.resolution_journal_id is not null
  left join ledger.card c on c.card_id = t.card_id
 where t.business_date = $1
 order by t.file_id, t.position
