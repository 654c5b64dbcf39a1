-- One account's lines in the order of its versions, several accounts' in the order in which they were committed.
select p.journal_id, p.booking_date, j.value_date, j.kind, j.reason, j.authorization_id, p.amount
  from ledger.posting p
  join ledger.journal j on j.journal_id = p.journal_id and j.booking_date = p.booking_date
 where p.account_id = any ($1::bigint[]) and p.layer = $2 and p.booking_date between $3::date and $4::date
 order by p.booking_date, case when cardinality($1::bigint[]) = 1 then p.account_version end, j.booked_at, p.journal_id, p.line
