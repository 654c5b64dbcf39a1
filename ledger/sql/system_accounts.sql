select a.kind, a.asset, a.account_id from ledger.account a where a.stripe = $1
