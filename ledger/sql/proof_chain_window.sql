-- The batches booked in [$1, $2), each with the bytes that its link is the hash of: the header line, then the facts in the order in
-- which the writer hashed them, found by their time. Hashed by whoever asks: Postgres' own sha256 is fifteen times slower than
-- OpenSSL's. Rows without a batch of their time come too.
with facts as (
/*facts*/
), bytes as (
    select stream, batch, string_agg(data, ''::bytea order by part) as data, min(first_at) as first_at, max(last_at) as last_at,
           min(first_day) as first_day, max(last_day) as last_day
      from facts group by stream, batch
), batches as (
    select b.* from ledger.batch b where b.booked_at >= $1 and b.booked_at < $2
)
select coalesce(b.stream, t.stream) as stream, coalesce(b.batch, t.batch) as batch, b.link, b.booked_at,
       case b.batch when 1 then decode(repeat('00', 32), 'hex') else p.link end as link_before,
       convert_to(concat_ws('|', 'batch', b.stream, b.batch, b.items, (date_part('epoch', b.booked_at) * 1000000)::bigint,
                            b.booking_date - date '1970-01-01'), 'UTF8') || coalesce(t.data, '') as data,
       coalesce(t.first_at <> b.booked_at or t.last_at <> b.booked_at
                or t.first_day <> coalesce(b.booking_date, (b.booked_at at time zone 'UTC')::date)
                or t.last_day <> coalesce(b.booking_date, (b.booked_at at time zone 'UTC')::date), false) as is_misdated
  from batches b full join bytes t on t.stream = b.stream and t.batch = b.batch
  left join ledger.batch p on p.stream = b.stream and p.batch = b.batch - 1
