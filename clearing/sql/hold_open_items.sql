-- Of these items those that are open, held against whoever would work them off.
select exception_id from ledger.exception where exception_id = any ($1::bigint[]) and status = 'open' order by exception_id for update
