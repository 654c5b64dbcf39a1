-- One card with its number as it is kept, which proves the keys for numbers and tokens.
select n.card_id, n.sealed, c.pan_token from ledger.card_number n join ledger.card c using (card_id) limit 1
