-- What our records that the network settles on a date come to in a piece of a file, by service, asset, cycle and function: debits are what it
-- takes from us. It settles on the reconciliation date (PDS 0159) of a record where that is after its business date, else on that; in the
-- cycle that goes with it, 0 where none is said. Interchange stands under the asset that it is settled in, which need not be the record's; a record
-- of nothing has only that.
with summed as (
    select coalesce(r.service, '') as service, coalesce(r.settled_asset, r.asset) as asset, r.interchange_asset, r.mti || r.function_code as function,
           r.is_reversal,
           coalesce(case when r.reconciliation_date < r.business_date then r.business_cycle
                         else coalesce(r.reconciliation_cycle, r.business_cycle) end, 0)::integer as cycle,
           coalesce(sum(coalesce(r.settled_amount, r.amount)) filter (where r.is_debit), 0) as debits,
           coalesce(sum(coalesce(r.settled_amount, r.amount)) filter (where not r.is_debit), 0) as credits,
           count(*) filter (where r.is_debit and coalesce(r.settled_amount, r.amount) <> 0) as debit_count,
           count(*) filter (where not r.is_debit and coalesce(r.settled_amount, r.amount) <> 0) as credit_count,
           coalesce(sum(r.interchange), 0) as fee
      from clearing.record r
     where r.file_id = $2 and r.position between $3 and $4
       and case when r.reconciliation_date > r.business_date then r.reconciliation_date else r.business_date end = $1
       and r.kind is not null and (coalesce(r.settled_amount, r.amount) <> 0 or r.interchange <> 0)
     group by 1, 2, 3, 4, 5, 6)
select s.service, part.asset, s.function, s.is_reversal, s.cycle, sum(part.debits)::bigint as debits, sum(part.credits)::bigint as credits,
       sum(part.debit_count)::bigint as debit_count, sum(part.credit_count)::bigint as credit_count, sum(part.fee)::bigint as fee
  from summed s
 cross join lateral (values (s.asset, s.debits, s.credits, s.debit_count, s.credit_count, 0),
                            (s.interchange_asset, 0, 0, 0, 0, s.fee)) as part (asset, debits, credits, debit_count, credit_count, fee)
 where part.asset is not null
 group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
