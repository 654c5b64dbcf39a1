-- The newest controls and limits of the cards, accounts and programs that concern these cards, and of their accounts' other cards
-- (whether anything is counted on an account is asked of all its cards).
with concerned as (
    select distinct k.card_id as asked, s.scope, s.subject, s.is_own
      from ledger.card k
      join ledger.account a using (account_id)
      cross join lateral (
          select 'account' as scope, a.account_id::text as subject, true as is_own
          union all
          select 'program', a.program, true where a.program is not null
          union all
          select 'card', coalesce(o.lineage, o.card_id)::text, coalesce(o.lineage, o.card_id) = coalesce(k.lineage, k.card_id)
            from ledger.card o where o.account_id = a.account_id
      ) as s
     where k.card_id = any ($1::bigint[])
)
select c.asked as card_id, 'control' as kind, c.scope, c.is_own, n.version, n.document
  from concerned c
  cross join lateral (select version, document from ledger.control x where x.scope = c.scope and x.subject = c.subject
                       order by version desc limit 1) as n
 where c.is_own
union all
select c.asked, 'limit', c.scope, c.is_own, n.version, n.document
  from concerned c
  cross join lateral (select version, document from ledger.spend_limit x where x.scope = c.scope and x.subject = c.subject
                       order by version desc limit 1) as n
 order by 1, 2, 3, 4
