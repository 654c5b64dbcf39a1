-- Open items of claims and withdrawals, and those of disputes that have just been taken back: the items of their cases are kept to the money.
select x.exception_id from ledger.exception x where x.status = 'open' and x.kind in ('claim_to_send', 'dispute_withdrawn')
union
select x.exception_id from ledger.exception x where x.exception_id = any ($1::bigint[])
 order by exception_id
