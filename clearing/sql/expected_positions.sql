-- What our records that the network settles on a date come to in a piece of a file, by service, asset, cycle and function: debits are what it
-- takes from us. It settles on the reconciliation date (PDS 0159) of a record where that is after its business date, else on that; in the
-- cycle that goes with it, 0 where none is said. Interchange stands under the asset that it is settled in, which need not be the record's.
select coalesce(r.service, '') as service, part.asset, r.mti || r.function_code as function, r.is_reversal,
       coalesce(case when r.reconciliation_date < r.business_date then r.business_cycle else coalesce(r.reconciliation_cycle, r.business_cycle) end,
                0)::integer as cycle,
       coalesce(sum(part.amount) filter (where r.is_debit), 0)::bigint as debits,
       coalesce(sum(part.amount) filter (where not r.is_debit), 0)::bigint as credits,
       count(part.amount) filter (where r.is_debit) as debit_count, count(part.amount) filter (where not r.is_debit) as credit_count,
       coalesce(sum(part.fee), 0)::bigint as fee
  from clearing.record r
 cross join lateral (values (coalesce(r.settled_asset, r.asset), coalesce(r.settled_amount, r.amount), null::bigint),
                            (r.interchange_asset, null::bigint, r.interchange)) as part (asset, amount, fee)
 where r.file_id = $2 and r.position between $3 and $4
   and case when r.reconciliation_date > r.business_date then r.reconciliation_date else r.business_date end = $1
   and r.kind is not null and coalesce(r.settled_amount, r.amount) <> 0 and part.asset is not null
 group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
