-- The chain covers the booking date of a batch, not that of each row: here every row of the batch must carry it.
select subject, detail from (
    select 'journal ' || f.journal_id as subject, f.booking_date, b.booking_date as batch_date, b.booked_at
      from ledger.journal f join ledger.batch b using (stream, batch)
    union all
    select 'authorization ' || f.authorization_id, f.booking_date, b.booking_date, b.booked_at
      from ledger.authorization f join ledger.batch b using (stream, batch)
    union all
    select 'event ' || f.sequence || ' of chain ' || f.chain_id, f.booking_date, b.booking_date, b.booked_at
      from ledger.authorization_event f join ledger.batch b using (stream, batch)
) as facts
cross join lateral (select format('is booked on %s, its batch on %s', booking_date, coalesce(batch_date, booked_at::date)) as detail) as d
 where booking_date <> coalesce(batch_date, booked_at::date)
