-- $1 accounts or null for all; $2 the last booking day or null, $3 the last moment of booking or null.
with sums as (
    select p.account_id, coalesce(sum(p.amount) filter (where p.layer = 'posted'), 0) as posted,
           coalesce(sum(p.amount) filter (where p.layer = 'pending'), 0) as pending
      from ledger.posting p
     where ($1::bigint[] is null or p.account_id = any ($1::bigint[])) and ($2::date is null or p.booking_date <= $2::date)
       and ($3::timestamptz is null or exists (
               select from ledger.journal j
                where j.journal_id = p.journal_id and j.booking_date = p.booking_date and j.booked_at <= $3::timestamptz))
     group by p.account_id
)
select s.account_id, case a.normal_side when 'debit' then 1 else -1 end * s.posted as posted,
       case a.normal_side when 'debit' then -1 else 1 end * s.pending as holds
  from sums s join ledger.account a using (account_id) order by s.account_id
