-- Every version of the controls and limits that concern these cards, oldest first (spoken_for.sql has the newest ones).
select k.card_id, v.kind, v.scope, v.version, v.document, v.set_at
  from ledger.card k
  join ledger.account a using (account_id)
  cross join lateral (
      select 'card' as scope, coalesce(k.lineage, k.card_id)::text as subject
      union all
      select 'account', a.account_id::text
      union all
      select 'program', a.program where a.program is not null
  ) as s
  cross join lateral (
      select 'control' as kind, scope, version, document, set_at from ledger.control x where x.scope = s.scope and x.subject = s.subject
      union all
      select 'limit', scope, version, document, set_at from ledger.spend_limit x where x.scope = s.scope and x.subject = s.subject
  ) as v
 where k.card_id = any ($1::bigint[])
 order by v.set_at, v.version
