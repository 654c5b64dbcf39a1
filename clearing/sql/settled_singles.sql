-- Single messages of a date: booked when they were authorized, so the network settles what is left of each that was not presented.
select s.asset, sum(s.net) filter (where s.is_debit)::bigint as debits, sum(s.net) filter (where not s.is_debit)::bigint as credits,
       count(*) filter (where s.is_debit) as debit_count, count(*) filter (where not s.is_debit) as credit_count
  from (select h.asset, h.captured > 0 as is_debit, h.authorized - h.reversed as net
          from ledger.authorization a join ledger.hold h on h.chain_id = a.authorization_id
          left join lateral (select e.chain_id from ledger.authorization_event e
                              where e.chain_id = h.chain_id and e.kind in ('captured', 'captured_last') limit 1) as v on true
         where a.booking_date between $1::date - 1 and $1::date + 1
           and a.answered_at >= ($1::date - 1)::timestamp at time zone 'UTC' and a.answered_at < ($1::date + 2)::timestamp at time zone 'UTC'
           and a.mti in ('0200', '0201', '0220', '0221') and (a.transmitted_at at time zone 'UTC')::date = $1 and v.chain_id is null) as s
 where s.net > 0
 group by s.asset order by s.asset
