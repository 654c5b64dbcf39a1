-- What the journal under a key did to an account; the outcome of a booking bears its journal.
select abs(sum(p.amount))::bigint from ledger.outcome o
  join ledger.posting p on p.journal_id = o.authorization_id and p.account_id = $3
 where o.key = $1 and o.key_date = $2
