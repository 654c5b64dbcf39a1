update ledger.exception set status = 'resolved', resolution_journal_id = $2 where exception_id = $1 and status = 'open' returning exception_id
