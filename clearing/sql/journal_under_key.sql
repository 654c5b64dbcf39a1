-- What is in the books under this key already.
select o.authorization_id as journal_id, o.content from ledger.outcome o where o.key = $1 and o.key_date = $2
