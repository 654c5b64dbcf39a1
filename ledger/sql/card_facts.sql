select k.pan_token, k.card_id, k.account_id, a.asset, k.status, a.status, k.expiry, k.psn, k.pvv, b.facts_version,
       b.posted - b.holds - b.floor, b.version, coalesce(k.lineage, k.card_id), b.is_controlled, k.pin_offset,
       coalesce(n.atc, -1)
  from ledger.card k join ledger.account a using (account_id) join ledger.balance b using (account_id)
  left join ledger.card_counter n using (card_id)
 where k.pan_token = any ($1::bytea[])
