select batch, link, last_id from ledger.stream_head where stream = $1
