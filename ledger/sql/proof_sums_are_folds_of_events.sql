-- The fold of `ledger.holds` in SQL: an element keeps the smallest amount that a reversal left it, nothing once ended. Only chains
-- that were lowered at all need their elements apart.
with chains as (
    select chain_id,
           coalesce(sum(amount) filter (where kind in ('authorized', 'advised')), 0)::bigint as authorized,
           coalesce(sum(amount) filter (where kind = 'incremented'), 0)::bigint as incremented,
           coalesce(sum(amount) filter (where kind = 'captured'), 0)::bigint as captured,
           coalesce(sum(amount) filter (where kind = 'expired'), 0)::bigint as expired,
           bool_or(kind in ('authorized', 'advised', 'incremented')) as is_opened,
           bool_or(kind in ('replaced', 'voided', 'reversed', 'partially_reversed')) as is_lowered,
           max(sequence) as last_event, count(*) as events
      from ledger.authorization_event group by chain_id
), elements as (
    select e.chain_id, coalesce(sum(e.amount) filter (where e.kind in ('authorized', 'advised', 'incremented')), 0)::bigint as opened,
           min(case when e.kind in ('replaced', 'voided') then 0 when e.kind in ('reversed', 'partially_reversed') then e.amount end) as lowered
      from ledger.authorization_event e join chains c on c.chain_id = e.chain_id and c.is_lowered group by e.chain_id, e.authorization_id
), reversals as (
    select chain_id, sum(opened - least(opened, coalesce(lowered, opened)))::bigint as reversed from elements group by chain_id
), folded as (
    select c.*, coalesce(r.reversed, 0) as reversed,
           greatest(0, c.authorized + c.incremented - coalesce(r.reversed, 0) - c.captured - c.expired) as held
      from chains c left join reversals r using (chain_id)
)
select 'chain ' || coalesce(h.chain_id, f.chain_id) as subject,
       format('held %s, events say %s; %s events, last is %s', h.held, f.held, f.events, h.last_event) as detail
  from ledger.hold h full join folded f using (chain_id)
 where (h.chain_id is not null or f.is_opened)
   and (h.authorized is distinct from f.authorized or h.incremented is distinct from f.incremented or h.reversed is distinct from f.reversed
        or h.captured is distinct from f.captured or h.expired is distinct from f.expired or h.held is distinct from f.held
        or h.last_event is distinct from f.last_event or f.last_event <> f.events)
