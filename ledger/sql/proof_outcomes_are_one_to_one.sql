-- Every authorization has one outcome, with its verdict; every journal of a keyed command has one outcome, with its content.
select subject, detail from (
    select 'authorization ' || coalesce(a.authorization_id, o.authorization_id) as subject,
           case when a.authorization_id is null then 'is not there, but has an outcome'
                when o.outcomes is distinct from 1 then format('has %s outcomes', coalesce(o.outcomes, 0))
                else 'was answered otherwise than it was decided' end as detail
      from (select authorization_id, chain_id, verdict, account_id from ledger.authorization) as a
      full join (select authorization_id, count(*) as outcomes, min(chain_id) as chain_id, min(verdict) as verdict, min(account_id) as account_id
                   from ledger.outcome where mti in ('0100', '0120') group by authorization_id) as o using (authorization_id)
     where a.authorization_id is null or o.outcomes is distinct from 1
        or (a.chain_id, a.verdict, a.account_id) is distinct from (o.chain_id, o.verdict, o.account_id)
    union all
    select 'journal ' || coalesce(j.journal_id::text, 'of outcome ' || encode(o.key, 'hex')),
           case when j.journals > 1 then format('is one of %s under one key', j.journals) when o.key is null then 'has no outcome'
                when j.journals is null then 'is not there' else 'has another content than its outcome' end
      from (select idempotency_key as key, min(journal_id) as journal_id, count(*) as journals, min(encode(content_hash, 'hex')) as content
              from ledger.journal where idempotency_key is not null group by 1) as j
      full join (select key, content, verdict from ledger.outcome where mti = 'book') as o using (key)
     where (o.key is null and not exists (select from ledger.outcome x where x.key = j.key and encode(x.content, 'hex') = j.content))
        or j.journals > 1 or (j.journals is null and o.verdict = 'accepted')
        or (o.key is not null and j.journals = 1 and j.content is distinct from encode(o.content, 'hex'))
) as broken
