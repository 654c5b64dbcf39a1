-- In which there are customers' accounts: one pass over the accounts.
select array_agg(distinct asset) from ledger.account where kind = 'customer' and status <> 'closed'
