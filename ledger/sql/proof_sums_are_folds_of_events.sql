-- The fold of `ledger.holds` in SQL: an element keeps the smallest amount that a reversal left it, nothing once ended or
-- expired; captures use up expired elements first; the last capture ends the chain. Nearly no chain was ever lowered or has
-- expired: only of those that were are the elements taken apart.
with chains as (
    select chain_id,
           coalesce(sum(amount) filter (where kind in ('authorized', 'advised', 'debited', 'credited')), 0)::bigint as authorized,
           coalesce(sum(amount) filter (where kind = 'incremented'), 0)::bigint as incremented,
           coalesce(sum(amount) filter (where kind in ('captured', 'captured_last', 'debited')), 0)::bigint as captured,
           coalesce(sum(amount) filter (where kind = 'capture_reversed'), 0)::bigint as taken_back,
           coalesce(sum(case when kind in ('refunded', 'credited') then amount when kind = 'refund_reversed' then -amount end), 0)::bigint as refunded,
           coalesce(sum(amount) filter (where kind = 'expired'), 0)::bigint as expired,
           bool_or(kind in ('captured_last', 'debited', 'credited')) as is_ended,
           bool_or(kind in ('authorized', 'advised', 'incremented', 'debited', 'credited')) as is_opened,
           bool_or(kind in ('replaced', 'voided', 'undelivered', 'unaccepted', 'reversed', 'partially_reversed', 'expired')) as is_shaped,
           max(sequence) as last_event, count(*) as events
      from ledger.authorization_event group by chain_id
), elements as (
    select e.chain_id, e.authorization_id,
           coalesce(sum(e.amount) filter (where e.kind in ('authorized', 'advised', 'incremented', 'debited', 'credited')), 0)::bigint as opened,
           min(case when e.kind in ('replaced', 'voided', 'undelivered', 'unaccepted') then 0
                    when e.kind in ('reversed', 'partially_reversed') then e.amount end) as lowered,
           bool_or(e.kind = 'expired') as is_over
      from ledger.authorization_event e join chains c on c.chain_id = e.chain_id and c.is_shaped
     group by e.chain_id, e.authorization_id
), shaped as (
    select chain_id, sum(opened - least(opened, coalesce(lowered, opened)))::bigint as reversed,
           coalesce(sum(least(opened, coalesce(lowered, opened))) filter (where is_over), 0)::bigint as over
      from elements group by chain_id
), wanted as (
    select c.chain_id, c.expires_at, o.asset
      from (select chain_id, max(expires_at) as expires_at from ledger.authorization group by chain_id) as c
      left join ledger.authorization a on a.authorization_id = c.chain_id left join ledger.account o using (account_id)
), folded as (
    select c.*, coalesce(s.reversed, 0) as reversed,
           case when c.is_ended then 0
                else greatest(0, c.authorized + c.incremented - coalesce(s.reversed, 0) - coalesce(s.over, 0)
                                 - greatest(0, c.captured - coalesce(s.over, 0))) end as held
      from chains c left join shaped s using (chain_id)
)
select 'chain ' || coalesce(h.chain_id, f.chain_id) as subject,
       format('held %s, events say %s; %s events, last is %s', h.held, f.held, f.events, h.last_event) as detail
  from ledger.hold h full join folded f using (chain_id)
 where (h.chain_id is not null or f.is_opened)
   and (h.authorized is distinct from f.authorized or h.incremented is distinct from f.incremented or h.reversed is distinct from f.reversed
        or h.captured is distinct from f.captured - f.taken_back or h.refunded is distinct from f.refunded
        or h.expired is distinct from f.expired or h.held is distinct from f.held or h.last_event is distinct from f.last_event
        or f.last_event <> f.events)
union all
-- How long it holds is the longest that any of its authorizations was given; what it holds is its account's asset.
select 'chain ' || h.chain_id, format('holds %s until %s, its authorizations say %s until %s', h.asset, h.expires_at, w.asset, w.expires_at)
  from ledger.hold h join wanted w using (chain_id) where (h.asset, h.expires_at) is distinct from (w.asset, w.expires_at)
