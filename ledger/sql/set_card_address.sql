insert into ledger.card_address (card_id, address, postcode) values ($1, $2, $3)
    on conflict (card_id) do update set address = excluded.address, postcode = excluded.postcode, changed_at = now()
