-- One poster per file at a time, for as long as its connection lives.
select pg_try_advisory_lock(hashtextextended('cardline clearing posting ' || $1, 0))
