-- One taker per file id at a time; the lock goes with the transaction.
select pg_try_advisory_xact_lock(hashtextextended('cardline clearing file ' || $1, 0))
