-- What foreign keys would enforce, proved here instead: they would cost the payment path more than half its speed.
select subject, detail from (
    select 'posting of journal ' || p.journal_id as subject, 'has no journal' as detail
      from ledger.posting p left join ledger.journal j using (journal_id, booking_date) where j.journal_id is null
    union all
    select 'posting of journal ' || p.journal_id, 'has no account or another asset' from ledger.posting p
      left join ledger.account a using (account_id) where a.asset is distinct from p.asset
    union all
    select 'journal ' || j.journal_id, 'has no postings' from ledger.journal j
     where not exists (select from ledger.posting p where p.journal_id = j.journal_id and p.booking_date = j.booking_date)
    union all
    select 'event of chain ' || e.chain_id, 'names a journal that is not there' from ledger.authorization_event e
     where e.journal_id is not null
       and not exists (select from ledger.journal j where j.journal_id = e.journal_id and j.booking_date = e.booking_date)
    union all
    select 'outcome ' || encode(o.key, 'hex'), 'names an authorization that is not there' from ledger.outcome o
     where o.mti in ('0100', '0120') and not exists (select from ledger.authorization a where a.authorization_id = o.authorization_id)
    union all
    select 'authorization ' || a.authorization_id, format('has %s outcomes', count(o.key)) from ledger.authorization a
      left join ledger.outcome o on o.authorization_id = a.authorization_id and o.mti in ('0100', '0120')
     group by a.authorization_id having count(o.key) <> 1
) as broken
