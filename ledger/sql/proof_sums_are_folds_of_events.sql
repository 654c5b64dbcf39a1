-- The fold of `ledger.holds` in SQL: an element keeps the smallest amount that a reversal left it, nothing once ended.
with elements as (
    select chain_id, authorization_id,
           coalesce(sum(amount) filter (where kind in ('authorized', 'advised')), 0) as authorized,
           coalesce(sum(amount) filter (where kind = 'incremented'), 0) as incremented,
           min(case when kind in ('replaced', 'voided') then 0 when kind in ('reversed', 'partially_reversed') then amount end) as lowered,
           coalesce(sum(amount) filter (where kind = 'captured'), 0) as captured,
           coalesce(sum(amount) filter (where kind = 'expired'), 0) as expired, max(sequence) as last_event, count(*) as events
      from ledger.authorization_event group by chain_id, authorization_id
), folded as (
    select chain_id, sum(authorized) as authorized, sum(incremented) as incremented,
           sum(authorized + incremented - least(authorized + incremented, coalesce(lowered, authorized + incremented))) as reversed,
           sum(captured) as captured, sum(expired) as expired, max(last_event) as last_event, sum(events) as events
      from elements group by chain_id
)
select 'chain ' || h.chain_id as subject,
       format('held %s, events say %s; %s events, last is %s', h.held,
              greatest(0, f.authorized + f.incremented - f.reversed - f.captured - f.expired), f.events, h.last_event) as detail
  from ledger.hold h left join folded f using (chain_id)
 where (h.authorized, h.incremented, h.reversed, h.captured, h.expired, h.last_event, h.held)
       is distinct from (f.authorized, f.incremented, f.reversed, f.captured, f.expired, f.last_event,
                         greatest(0, f.authorized + f.incremented - f.reversed - f.captured - f.expired))
    or f.last_event <> f.events
