-- Reversals that came before what they reverse, by key or trace id. The table is small and usually empty.
select e.reference, e.account_id, e.replacement
  from unnest($1::text[]) as r (reference) join ledger.early_reversal e on e.reference = r.reference
