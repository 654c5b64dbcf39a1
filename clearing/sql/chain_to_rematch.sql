-- The chain of an authorization of this account, if it ever held or booked anything.
select h.chain_id from ledger.authorization a join ledger.hold h using (chain_id)
 where a.authorization_id = $1 and h.account_id = $2 limit 1
