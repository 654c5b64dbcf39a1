-- For how many seconds the oldest hold that is over still stands; 0 where none does.
select coalesce(greatest(extract(epoch from clock_timestamp() - min(expires_at)), 0), 0)::float8 from ledger.hold where held > 0
