-- Requests of the past, in the order of their key, a page at a time: no snapshot is kept open while they are judged.
select a.authorization_id, a.card_id, a.account_id, c.asset as account_asset, coalesce(k.lineage, k.card_id) as lineage, a.received_at,
       a.transmitted_at, a.amount, a.asset, a.verdict, a.reason, a.rule, a.seen, a.request, a.chain_id,
       case when a.verdict in ('approved', 'partially_approved') then coalesce(e.amount, a.amount) else 0 end as granted
  from ledger.authorization a
  left join ledger.account c on c.account_id = a.account_id
  left join ledger.card k on k.card_id = a.card_id
  left join ledger.authorization_event e on e.chain_id = a.chain_id and e.authorization_id = a.authorization_id
        and e.booking_date = a.booking_date and e.kind in ('authorized', 'incremented')
 where a.mti in ('0100', '0200') and a.booking_date between ($2 at time zone 'UTC')::date and ($3 at time zone 'UTC')::date + 31
   and a.received_at >= $2 and a.received_at < $3 and a.authorization_id > $1
 order by a.authorization_id
 limit $4
