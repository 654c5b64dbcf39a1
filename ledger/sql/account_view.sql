select a.account_id, a.code, a.name, a.product, a.program, a.asset, a.status, b.posted, b.holds, b.posted - b.holds - b.floor as available,
       b.floor, b.facts_version, a.opened_at
  from ledger.account a join ledger.balance b using (account_id)
 where a.account_id = $1 and a.kind = 'customer'
