-- $1/$2 the cursor, $3 batches per stream, $4 the only stream, if any. The events of a batch are found by its time, which is theirs exactly.
select b.stream, b.batch, b.booked_at,
       coalesce((select jsonb_agg(jsonb_build_object('position', e.position, 'kind', e.kind, 'body', e.body) order by e.position)
                   from report.batch_event e where e.stream = b.stream and e.batch = b.batch), '[]')::text as events
  from ledger.stream_head h
  left join unnest($1::smallint[], $2::bigint[]) as c (stream, batch) using (stream)
 cross join lateral (
    select * from ledger.batch n where n.stream = h.stream and n.batch > coalesce(c.batch, 0) order by n.batch limit $3) as b
 where h.batch > coalesce(c.batch, 0) and ($4::smallint is null or h.stream = $4)
 order by b.stream, b.batch
