select account_id from ledger.balance where account_id = any ($1::bigint[]) for no key update skip locked
