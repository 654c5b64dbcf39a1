-- Streams that have batches after the verified one, with the time of the first of those; and whether the verified one is still the same.
select h.stream, h.batch as head, coalesce(v.batch, 0) as verified, v.batch is null or b.link = v.link as is_the_same, n.booked_at as oldest
  from ledger.stream_head h left join ledger.verified v using (stream)
  left join ledger.batch b on b.stream = v.stream and b.batch = v.batch
  left join ledger.batch n on n.stream = h.stream and n.batch = coalesce(v.batch, 0) + 1
 where h.batch > 0 or v.batch is not null
