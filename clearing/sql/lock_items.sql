-- Held against everybody else who would work on them, in the same order for all. What they are is read when they are held: a statement
-- that has waited still sees what was there when it began.
select from ledger.exception where exception_id = any ($1::bigint[]) order by exception_id for update
