-- The life of a chain in its order, with the message behind each element. Messages may be gone; the element stands all the same.
select e.sequence, e.authorization_id, e.kind, e.amount, e.asset, e.at, e.recorded_at, e.journal_id, e.message_id, m.mti
  from report.authorization_event e
  left join lateral (
    select mti from report.message s where s.message_id = e.message_id and s.direction = 'in' limit 1) as m on true
 where e.chain_id = $1
 order by e.sequence
