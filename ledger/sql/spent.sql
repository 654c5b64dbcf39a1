-- What limits have to count of these accounts since some time: what was held, or debited at once by a single message, net of what was
-- reversed, replaced or undone, by authorization. Captures and expiry give nothing back. Postings are found by account; an authorization
-- has no such index.
select w.account_id, s.authorization_id, s.card, s.at, s.amount, s.counted, s.request
  from unnest($1::bigint[], $2::timestamptz[]) as w (account_id, since)
  cross join lateral (
      select j.authorization_id, max(coalesce(k.lineage, k.card_id)) as card,
             min(j.booked_at) filter (where j.reason in ('authorized', 'incremented', 'advised')) as at, sum(p.amount)::bigint as amount,
             count(*) filter (where j.reason in ('authorized', 'advised'))::integer as counted, max(a.request) as request
        from ledger.posting p
        join ledger.journal j on j.journal_id = p.journal_id and j.booking_date = p.booking_date
        left join ledger.authorization a on a.authorization_id = j.authorization_id and a.booking_date = j.booking_date
        left join ledger.card k on k.card_id = a.card_id
       where p.account_id = w.account_id and (p.layer = 'pending' or j.kind in ('debit', 'forced_debit', 'debit_reversal'))
         and p.booking_date >= (w.since at time zone 'UTC')::date and j.booked_at >= w.since
         and j.reason in ('authorized', 'incremented', 'advised', 'reversed', 'partially_reversed', 'replaced', 'void', 'undelivered')
       group by j.authorization_id
  ) as s
 where s.at is not null and s.amount > 0
