-- Each stream's head stands at its last batch, nothing is missing before it, and the ids that it gives out next are free: those of
-- a stream begin with its number. Accounts and cards do not count: theirs may be chosen by whoever opens them.
with used as (
    select h.stream, greatest(
        (select max(journal_id) from ledger.journal where journal_id between f.first and f.last),
        (select max(authorization_id) from ledger.authorization where authorization_id between f.first and f.last)) as last_id
      from ledger.stream_head h
     cross join lateral (select h.stream::bigint << 48 as first, ((h.stream + 1)::bigint << 48) - 1 as last) as f
)
select 'stream ' || h.stream as subject,
       format('the head says batch %s, the batches are %s, the last is %s', h.batch, coalesce(b.batches, 0), coalesce(b.last, 0)) as detail
  from ledger.stream_head h
  full join (select stream, count(*) as batches, min(batch) as first, max(batch) as last from ledger.batch group by stream) as b using (stream)
  left join ledger.batch l on l.stream = h.stream and l.batch = h.batch
 where h.batch is distinct from coalesce(b.last, 0) or coalesce(b.batches, 0) <> coalesce(b.last, 0) or b.first <> 1
    or (h.batch > 0 and h.link is distinct from l.link)
union all
select 'stream ' || stream, 'the head has a link without a batch' from ledger.stream_head where batch = 0 and link <> decode(repeat('00', 32), 'hex')
union all
select 'stream ' || stream, format('the head says that the last id is %s, and %s is used', h.last_id, u.last_id)
  from ledger.stream_head h join used u using (stream) where h.last_id < u.last_id
