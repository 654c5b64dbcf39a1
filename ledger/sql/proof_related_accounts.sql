-- An account whose payments must be looked up by trace id and by early reversals says so.
select 'account ' || b.account_id as subject, 'has an advice or an early reversal and is not marked as related' as detail
  from ledger.balance b
 where not b.is_related
   and (exists (select from ledger.outcome o where o.account_id = b.account_id and o.mti in ('0120', '0220'))
        or exists (select from ledger.early_reversal e where e.account_id = b.account_id))
