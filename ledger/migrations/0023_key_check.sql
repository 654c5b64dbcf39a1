-- Which token key made this database's tokens: a check value of it (a keyed digest of a fixed text, which says nothing of the
-- key). Written by whoever first comes with a key; while there is no card another key may still follow, and the newest row holds.
create table ledger.key_check (
    key_check_id bigint generated always as identity primary key,
    check_value  bytea not null check (octet_length(check_value) = 8),
    recorded_at  timestamptz not null default clock_timestamp()
);
select ledger.guard('ledger.key_check');
grant select, insert on ledger.key_check to cardline_writer;
grant select on ledger.key_check to cardline_reader, cardline_verifier;
