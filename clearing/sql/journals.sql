select journal_id, booking_date, kind from ledger.journal where journal_id = any ($1::bigint[])
