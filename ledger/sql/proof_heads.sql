-- Each stream's head stands at its last batch, and nothing is missing before it.
select 'stream ' || h.stream as subject,
       format('the head says batch %s, the batches are %s, the last is %s', h.batch, coalesce(b.batches, 0), coalesce(b.last, 0)) as detail
  from ledger.stream_head h
  full join (select stream, count(*) as batches, min(batch) as first, max(batch) as last from ledger.batch group by stream) as b using (stream)
  left join ledger.batch l on l.stream = h.stream and l.batch = h.batch
 where h.batch is distinct from coalesce(b.last, 0) or coalesce(b.batches, 0) <> coalesce(b.last, 0) or b.first <> 1
    or (h.batch > 0 and h.link is distinct from l.link)
