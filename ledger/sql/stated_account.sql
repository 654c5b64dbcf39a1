-- $1 a code, or a role and an asset for all stripes; $2 an id, or null. An id or a code comes first.
select a.account_id, a.normal_side = 'debit' as is_debit_normal, s.asset, s.exponent, s.kind as asset_kind, s.numeric_code
  from ledger.account a join ledger.asset s using (asset)
 where a.account_id = $2::bigint or a.code = $1::text
    or (a.stripe is not null and a.kind = split_part($1::text, '.', 1) and a.asset = split_part($1::text, '.', 2)
        and $1::text = a.kind || '.' || a.asset)
 order by a.account_id
