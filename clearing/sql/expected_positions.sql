-- What our records of a business date come to in a piece of a file, by service, asset and function: debits are what the network takes from us.
select coalesce(r.service, '') as service, coalesce(r.settled_asset, r.asset) as asset, r.mti || r.function_code as function, r.is_reversal,
       coalesce(sum(coalesce(r.settled_amount, r.amount)) filter (where r.is_debit), 0)::bigint as debits,
       coalesce(sum(coalesce(r.settled_amount, r.amount)) filter (where not r.is_debit), 0)::bigint as credits,
       count(*) filter (where r.is_debit) as debit_count, count(*) filter (where not r.is_debit) as credit_count,
       coalesce(sum(r.interchange), 0)::bigint as fee
  from clearing.record r
 where r.file_id = $2 and r.position between $3 and $4 and r.business_date = $1 and r.kind is not null and coalesce(r.settled_amount, r.amount) <> 0
 group by 1, 2, 3, 4 order by 1, 2, 3, 4
