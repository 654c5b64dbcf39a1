-- The chains that a batch's repeats, reversals, increments and voids touch, each with all its elements in order.
select c.chain_id, h.account_id, h.asset, h.last_event, h.expires_at, h.chain_id is not null as is_held,
       e.sequence, e.authorization_id, e.kind, e.amount, e.at
  from unnest($1::bigint[]) as c (chain_id)
  left join lateral (select * from ledger.hold s where s.chain_id = c.chain_id offset 0) as h on true
  left join lateral (select * from ledger.authorization_event s where s.chain_id = c.chain_id offset 0) as e on true
 order by c.chain_id, e.sequence
