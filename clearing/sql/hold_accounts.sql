-- Whose holds these chains are.
select chain_id, account_id from ledger.hold where chain_id = any ($1::bigint[])
