-- Single messages of a date: booked when they were authorized and never presented, so the network settles what is left of each.
select s.asset, sum(s.net) filter (where s.is_debit)::bigint as debits, sum(s.net) filter (where not s.is_debit)::bigint as credits,
       count(*) filter (where s.is_debit) as debit_count, count(*) filter (where not s.is_debit) as credit_count
  from (select h.asset, h.captured > 0 as is_debit, h.authorized - h.reversed as net
          from ledger.authorization a join ledger.hold h on h.chain_id = a.authorization_id
         where a.booking_date between $1::date - 1 and $1::date + 1
           and a.answered_at >= ($1::date - 1)::timestamp at time zone 'UTC' and a.answered_at < ($1::date + 2)::timestamp at time zone 'UTC'
           and a.mti in ('0200', '0201', '0220', '0221') and (a.transmitted_at at time zone 'UTC')::date = $1) as s
 where s.net > 0
 group by s.asset order by s.asset
