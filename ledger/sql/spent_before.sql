-- The same of all time before, as one sum per card: for limits of a lifetime.
select s.account_id, s.card, sum(s.amount)::bigint as amount, sum(s.counted)::integer as counted
  from (select p.account_id, j.authorization_id, max(coalesce(k.lineage, k.card_id)) as card, sum(p.amount) as amount,
               min(j.booked_at) as at, count(*) filter (where j.reason in ('authorized', 'advised')) as counted
          from unnest($1::bigint[], $2::timestamptz[]) as w (account_id, since)
          join ledger.posting p on p.account_id = w.account_id
          join ledger.journal j on j.journal_id = p.journal_id and j.booking_date = p.booking_date
          left join ledger.authorization a on a.authorization_id = j.authorization_id and a.booking_date = j.booking_date
          left join ledger.card k on k.card_id = a.card_id
         where (p.layer = 'pending' or j.kind in ('debit', 'forced_debit', 'debit_reversal'))
           and j.reason in ('authorized', 'incremented', 'advised', 'reversed', 'partially_reversed', 'replaced', 'void', 'undelivered')
         group by p.account_id, j.authorization_id, w.since
        having min(j.booked_at) < w.since) as s
 where s.amount > 0
 group by s.account_id, s.card
