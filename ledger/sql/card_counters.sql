-- Read after the accounts are locked, in a statement of its own, as everything that another writer may just have stored.
select card_id, pin_tries, atc, atc_seen from ledger.card_counter where card_id = any ($1::bigint[])
