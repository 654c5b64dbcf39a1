-- By STAN or approval code, newest first: six digits that come again. There is no index for this: it is asked by people.
select authorization_id, received_at, amount, asset, response_code, rrn from ledger.authorization
 where stan = $1 or approval_code = $1 order by received_at desc limit $2
