-- Newest first. There is no index for this: it is asked by people, and payments would pay for it.
select authorization_id from ledger.authorization where rrn = $1 order by received_at desc limit $2
