-- What the journals of a chain did to the customer's account: positive amounts in holds are reserved, in posted gained.
select j.journal_id, j.kind, j.reason, j.booked_at, p.layer, case p.layer when 'pending' then p.amount else -p.amount end as amount
  from report.journal j
  join report.posting p on p.journal_id = j.journal_id
 where (j.journal_id = any ($1::bigint[]) or j.authorization_id = any ($2::bigint[])) and p.account_id = $3
 order by j.journal_id, p.line
