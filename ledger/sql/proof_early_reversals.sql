select 'outcome ' || encode(coalesce(o.key, e.key), 'hex') as subject, 'waits under other names than it was stored with' as detail
  from (select key, account_id, replacement, unnest(array[encode(original_key, 'hex')] || string_to_array(original_trace, E'\t')) as reference from ledger.outcome
         where original_key is not null or original_trace is not null) as o
  full join ledger.early_reversal e on e.key = o.key and e.reference = o.reference
 where (coalesce(o.reference, e.reference) is not null)
   and (e.account_id, e.replacement) is distinct from (o.account_id, o.replacement)
