-- Every chain with its elements in order, the account of its authorization, and how long it was last extended.
select e.chain_id, e.sequence, e.authorization_id, e.kind, e.amount, e.asset, e.at, c.account_id, c.expires_at
  from ledger.authorization_event e
  left join (select chain_id, min(account_id) filter (where authorization_id = chain_id) as account_id, max(expires_at) as expires_at
               from ledger.authorization group by chain_id) as c using (chain_id)
 order by e.chain_id, e.sequence
