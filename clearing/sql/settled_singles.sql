-- What single messages come to on a date: each was booked when it was authorized, what a reversal took back of it when that came. The network
-- settles it so, save what was presented. A reversal finds its message by its journal, whatever that one's day.
select s.asset, sum(s.debited) filter (where s.debited > 0)::bigint as debits, sum(-s.debited) filter (where s.debited < 0)::bigint as credits,
       count(*) filter (where s.debited > 0) as debit_count, count(*) filter (where s.debited < 0) as credit_count
  from (select e.asset, sum(case when e.kind in ('debited', 'refund_reversed') then e.amount else -e.amount end) as debited
          from (select a.authorization_id as chain_id from ledger.authorization a
                 where a.booking_date between $1::date - 1 and $1::date + 1
                   and a.answered_at >= ($1::date - 1)::timestamp at time zone 'UTC' and a.answered_at < ($1::date + 2)::timestamp at time zone 'UTC'
                   and a.mti in ('0200', '0201', '0220', '0221') and (a.transmitted_at at time zone 'UTC')::date = $1
                 union
                select j.authorization_id from ledger.journal j
                 where j.booking_date between $1::date - 1 and $1::date + 1
                   and j.booked_at >= ($1::date - 1)::timestamp at time zone 'UTC' and j.booked_at < ($1::date + 2)::timestamp at time zone 'UTC'
                   and j.value_date = $1 and j.kind in ('debit_reversal', 'forced_credit_reversal')) as c
          join ledger.authorization_event e on e.chain_id = c.chain_id and e.kind in ('debited', 'credited', 'capture_reversed', 'refund_reversed')
          join ledger.journal j on j.journal_id = e.journal_id and j.booking_date = e.booking_date and j.value_date = $1
           and j.kind in ('debit', 'forced_debit', 'debit_reversal', 'credit', 'forced_credit_reversal')
         where exists (select from ledger.authorization_event o where o.chain_id = c.chain_id and o.kind in ('debited', 'credited'))
           and not exists (select from ledger.authorization_event p where p.chain_id = c.chain_id and p.kind in ('captured', 'captured_last'))
         group by e.chain_id, e.asset) as s
 where s.debited <> 0
 group by s.asset order by s.asset
