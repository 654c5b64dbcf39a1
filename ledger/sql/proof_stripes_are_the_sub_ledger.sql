-- Control figures: what customers have pending in an asset stands against the holds contra, stripe by stripe summed; nobody else has
-- anything pending; a stripe's id and code say its asset and number.
with figures as (
    select a.asset, a.kind, sum(b.posted) as posted, sum(b.holds) as holds
      from ledger.account a join ledger.balance b using (account_id) group by a.asset, a.kind
)
select subject, detail from (
    select asset || ' holds' as subject,
           format('customers have %s pending, the holds contra %s', coalesce(sum(holds) filter (where kind = 'customer'), 0),
                  coalesce(sum(holds) filter (where kind = 'holds_contra'), 0)) as detail
      from figures group by asset
    having coalesce(sum(holds) filter (where kind = 'customer'), 0) <> coalesce(sum(holds) filter (where kind = 'holds_contra'), 0)
    union all
    select kind || ' ' || asset, format('has %s in the layer pending', holds) from figures where kind not in ('customer', 'holds_contra') and holds <> 0
    union all
    select 'account ' || a.account_id, 'is a stripe under a wrong id or code' from ledger.account a left join ledger.asset s using (asset)
     where a.stripe is not null
       and (a.account_id / 1000000 is distinct from s.number or a.account_id % 1000 <> a.stripe or a.code <> format('%s.%s.%s', a.kind, a.asset, a.stripe))
) as broken
