-- The fold of `ledger.holds` in SQL: an element keeps the smallest amount that a reversal left it, nothing once ended or
-- expired; captures use up expired elements first; the last capture ends the chain.
with elements as (
    select chain_id, authorization_id,
           coalesce(sum(amount) filter (where kind in ('authorized', 'advised', 'debited', 'credited')), 0) as authorized,
           coalesce(sum(amount) filter (where kind = 'incremented'), 0) as incremented,
           min(case when kind in ('replaced', 'voided', 'undelivered', 'unaccepted') then 0 when kind in ('reversed', 'partially_reversed') then amount end) as lowered,
           coalesce(sum(amount) filter (where kind in ('captured', 'captured_last', 'debited')), 0) as captured,
           coalesce(sum(amount) filter (where kind = 'capture_reversed'), 0) as taken_back,
           coalesce(sum(case when kind in ('refunded', 'credited') then amount when kind = 'refund_reversed' then -amount end), 0) as refunded,
           coalesce(sum(amount) filter (where kind = 'expired'), 0) as expired,
           bool_or(kind = 'expired') as is_over, bool_or(kind in ('captured_last', 'debited', 'credited')) as is_ended,
           bool_or(kind in ('authorized', 'advised', 'incremented', 'debited', 'credited')) as is_opened,
           max(sequence) as last_event, count(*) as events
      from ledger.authorization_event group by chain_id, authorization_id
), remaining as (
    select *, least(authorized + incremented, coalesce(lowered, authorized + incremented)) as remains from elements
), chains as (
    select chain_id, sum(authorized) as authorized, sum(incremented) as incremented,
           sum(authorized + incremented - remains) as reversed, sum(captured) as captured, sum(taken_back) as taken_back,
           sum(refunded) as refunded, sum(expired) as expired, bool_or(is_ended) as is_ended, bool_or(is_opened) as is_opened,
           coalesce(sum(remains) filter (where not is_over), 0) as open, coalesce(sum(remains) filter (where is_over), 0) as over,
           max(last_event) as last_event, sum(events) as events
      from remaining group by chain_id
), folded as (
    select *, case when is_ended then 0 else greatest(0, open - greatest(0, captured - over)) end as held from chains
)
select 'chain ' || coalesce(h.chain_id, f.chain_id) as subject,
       format('held %s, events say %s; %s events, last is %s', h.held, f.held, f.events, h.last_event) as detail
  from ledger.hold h full join folded f using (chain_id)
 where (h.chain_id is not null or f.is_opened)
   and ((h.authorized, h.incremented, h.reversed, h.captured, h.refunded, h.expired, h.last_event, h.held)
       is distinct from (f.authorized, f.incremented, f.reversed, f.captured - f.taken_back, f.refunded, f.expired, f.last_event, f.held)
    or f.last_event <> f.events)
