-- One holder of a thing at a time, for as long as its connection lives or until it lets go.
select pg_try_advisory_lock(hashtextextended('cardline clearing ' || $1, 0))
