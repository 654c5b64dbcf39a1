-- Accounts that have an advice or an early reversal, see balance.is_related.
update pg_temp.shadow_balance r set is_related = true
 where exists (select from ledger.outcome o where o.account_id = r.account_id and o.mti in ('0120', '0220'))
    or exists (select from pg_temp.shadow_early_reversal e where e.account_id = r.account_id)
