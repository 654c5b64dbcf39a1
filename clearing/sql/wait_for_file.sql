-- The same, after whoever takes it in now: for a command that somebody waits for.
select pg_advisory_xact_lock(hashtextextended('cardline clearing file ' || $1, 0))
