-- The check value that holds, if any, and whether there is a card whose token hangs on it.
select (select check_value from ledger.key_check order by key_check_id desc limit 1) as check_value,
       exists (select from ledger.card) as has_cards
