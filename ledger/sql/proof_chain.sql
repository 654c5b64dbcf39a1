-- The header line of each batch, then its facts in the order in which the writer hashed them.
with facts as (
/*facts*/
), texts as (
    select stream, batch, string_agg(data, ''::bytea order by part) as data from facts group by stream, batch
), links as (
    select b.stream, b.batch, b.link, lag(b.batch) over w as batch_before,
           coalesce(lag(b.link) over w, decode(repeat('00', 32), 'hex')) as link_before,
           convert_to('batch|' || b.stream || '|' || b.batch || '|' || b.items || '|'
               || (extract(epoch from b.booked_at) * 1000000)::bigint
               || coalesce('|' || (b.booking_date - date '1970-01-01'), ''), 'UTF8') || coalesce(t.data, '') as data
      from ledger.batch b left join texts t using (stream, batch)
    window w as (partition by b.stream order by b.batch)
)
select stream, batch, detail from (
    select stream, batch, 'the rows do not give this link' as detail
      from links where sha256(link_before || data) <> link
    union all
    select stream, batch, 'the batch before it is missing' from links where batch <> coalesce(batch_before, 0) + 1
    union all
    select t.stream, t.batch, 'rows that belong to no batch' from texts t left join ledger.batch b using (stream, batch) where b.batch is null
    union all
    select h.stream, h.batch, 'the head does not stand at the last batch' from ledger.stream_head h
      left join lateral (select l.batch, l.link from ledger.batch l where l.stream = h.stream order by l.batch desc limit 1) as last on true
     where h.batch <> coalesce(last.batch, 0) or (h.batch > 0 and h.link is distinct from last.link)
) as broken order by stream, batch
