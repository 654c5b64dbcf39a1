-- $1 codes, $2 numeric codes, $3 exponents, $4 kinds: the assets as the program knows them. A wrong exponent would move every amount.
select 'asset ' || w.asset as subject,
       format('numeric code %s, exponent %s, %s; the program knows %s, %s, %s', a.numeric_code, a.exponent, a.kind, w.numeric_code, w.exponent, w.kind) as detail
  from unnest($1::text[], $2::text[], $3::smallint[], $4::text[]) as w (asset, numeric_code, exponent, kind) left join ledger.asset a using (asset)
 where (a.numeric_code, a.exponent, a.kind) is distinct from (w.numeric_code, w.exponent, w.kind)
