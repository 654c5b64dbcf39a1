select pg_advisory_unlock(hashtextextended('cardline clearing ' || $1, 0))
