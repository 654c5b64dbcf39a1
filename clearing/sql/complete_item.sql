-- What an item that was raised before has not been told yet.
update ledger.exception set owner = coalesce(owner, $2), due_on = coalesce(due_on, $3::date)
 where exception_id = $1 and status = 'open' and (owner is null or (due_on is null and $3::date is not null))
