select address, postcode from ledger.card_address where card_id = $1
