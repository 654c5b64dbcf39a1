-- One taker per file id at a time, after whoever takes it in now; the lock goes with the transaction.
select pg_advisory_xact_lock(hashtextextended('cardline clearing file ' || $1, 0))
