select k.card_id, k.account_id, coalesce(k.lineage, k.card_id) as lineage, k.pan_masked, k.expiry, k.psn, k.pvv is not null as has_pin,
       coalesce((select c.pin_tries from ledger.card_counter c where c.card_id = k.card_id), 0) as wrong_pins,
       k.status, a.status as account_status, a.asset, b.posted - b.holds - b.floor as available, a.program, b.facts_version, k.issued_at
  from ledger.card k join ledger.account a using (account_id) join ledger.balance b using (account_id)
 where k.card_id = $1
