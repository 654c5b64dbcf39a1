-- What the journals of items of this record's case have moved in an asset, also one whose act was cut off before it was written down: it is
-- found under the key of its item.
select x.exception_id, x.kind, o.file_id, o.position, d.stage, a.kind as account, p.amount, j.kind as journal_kind, j.journal_id
  from clearing.records_of_case($1, $2) as o
  join ledger.exception x on x.subject = format('clearing %s/%s', o.file_id, o.position)
  left join clearing.dispute_record d using (file_id, position)
 cross join lateral (
       select coalesce(x.resolution_journal_id,
                       (select t.authorization_id from ledger.outcome t
                         where t.key = substring(sha256(convert_to('exception|' || x.exception_id, 'UTF8')) for 16)
                           and t.key_date = (x.opened_at at time zone 'UTC')::date and t.verdict = 'accepted')) as journal_id) as k
  join ledger.journal j on j.journal_id = k.journal_id
  join ledger.posting p on p.journal_id = j.journal_id and p.booking_date = j.booking_date and p.layer = 'posted' and p.asset = $3
  join ledger.account a using (account_id)
 order by x.exception_id, p.line
