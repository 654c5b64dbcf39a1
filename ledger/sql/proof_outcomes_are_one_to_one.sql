-- Every authorization has one outcome, with its verdict; every journal of a keyed command has one outcome, with its content,
-- and no other journal has that: a key is a digest with a date, so the same digest may well stand on journals of two dates.
select subject, detail from (
    select 'authorization ' || coalesce(a.authorization_id, o.authorization_id) as subject,
           case when a.authorization_id is null then 'is not there, but has an outcome'
                when o.outcomes is distinct from 1 then format('has %s outcomes', coalesce(o.outcomes, 0))
                else 'was answered otherwise than it was decided' end as detail
      from (select authorization_id, chain_id, verdict, account_id from ledger.authorization) as a
      full join (select authorization_id, count(*) as outcomes, min(chain_id) as chain_id, min(verdict) as verdict, min(account_id) as account_id
                   from ledger.outcome where mti in ('0100', '0120', '0200', '0220') group by authorization_id) as o using (authorization_id)
     where a.authorization_id is null or o.outcomes is distinct from 1
        or (a.chain_id, a.verdict, a.account_id) is distinct from (o.chain_id, o.verdict, o.account_id)
    union all
    select 'journal ' || j.journal_id, 'has no outcome with its content' from ledger.journal j
     where j.idempotency_key is not null
       and not exists (select from ledger.outcome o where o.key = j.idempotency_key and o.content = j.content_hash and o.verdict = 'accepted'
                         and o.authorization_id = j.journal_id)
    union all
    select 'outcome ' || encode(o.key, 'hex'), 'names a journal that is not there' from ledger.outcome o
     where o.mti in ('book', 'capture', 'refund', 'reverse_capture', 'correct', 'expire') and o.authorization_id is not null
       and not exists (select from ledger.journal j where j.journal_id = o.authorization_id)
) as broken
