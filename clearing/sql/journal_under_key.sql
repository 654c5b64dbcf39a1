-- What is in the books under this key already.
select o.authorization_id as journal_id, o.content, j.kind, j.reason
  from ledger.outcome o left join ledger.journal j on j.journal_id = o.authorization_id
 where o.key = $1 and o.key_date = $2
