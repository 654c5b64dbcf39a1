update ledger.file_update
   set state = $3, update_code = $4, result = $5, claimed_until = null, attempts = attempts - $7,
       due_at = clock_timestamp() + make_interval(secs => $6), ended_at = case when $3 <> 'pending' then clock_timestamp() end
 where update_id = $1 and claim = $2 and state = 'pending'
