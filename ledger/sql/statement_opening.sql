select coalesce(sum(amount), 0) from ledger.posting where account_id = any ($1::bigint[]) and layer = $2 and booking_date < $3::date
