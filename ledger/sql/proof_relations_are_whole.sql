-- What foreign keys would enforce, proved here instead: they would cost the payment path more than half its speed.
select subject, detail from (
    select 'posting of journal ' || p.journal_id as subject, 'has no account or another asset' as detail from ledger.posting p
      left join ledger.account a using (account_id) where a.asset is distinct from p.asset
    union all
    select 'journal ' || j.journal_id, 'reverses a journal that is not there' from ledger.journal j
     where j.reverses is not null and not exists (select from ledger.journal r where r.journal_id = j.reverses)
    union all
    select 'journal ' || j.journal_id, 'names an authorization that is not there' from ledger.journal j
     where j.authorization_id is not null
       and not exists (select from ledger.authorization a where a.authorization_id = j.authorization_id)
    union all
    select 'event of chain ' || e.chain_id, 'names a journal that is not there' from ledger.authorization_event e
     where e.journal_id is not null
       and not exists (select from ledger.journal j where j.journal_id = e.journal_id and j.booking_date = e.booking_date)
    union all
    select 'event of chain ' || e.chain_id, 'names an authorization that is not there' from ledger.authorization_event e
     where not exists (select from ledger.authorization a where a.authorization_id = e.authorization_id)
    union all
    select 'authorization ' || a.authorization_id, 'names an account that is not there' from ledger.authorization a
      left join ledger.account c using (account_id) where a.account_id is not null and c.account_id is null
    union all
    select 'chain ' || h.chain_id, 'is not that of an authorization, or of another account' from ledger.hold h
      left join ledger.authorization a on a.authorization_id = h.chain_id
     where a.account_id is distinct from h.account_id or a.chain_id is distinct from h.chain_id
) as broken
