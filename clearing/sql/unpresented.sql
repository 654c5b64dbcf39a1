-- Approved by the end of this date ($1) and never presented (nor waiting in suspense), with their time over between $2 and $3.
select a.authorization_id, h.asset, h.authorized + h.incremented - h.reversed as left, (h.expires_at at time zone 'UTC')::date as expired_on
  from ledger.hold h
 cross join lateral (select * from ledger.authorization s where s.authorization_id = h.chain_id limit 1) as a
 where h.captured = 0 and h.refunded = 0 and h.authorized + h.incremented - h.reversed > 0
   and h.expires_at >= $2::date::timestamp at time zone 'UTC' and h.expires_at < $3::date::timestamp at time zone 'UTC'
   and a.transmitted_at < ($1::date + 1)::timestamp at time zone 'UTC' and left(a.mti, 2) = '01'
   and not exists (select from clearing.match m where m.authorization_id = a.authorization_id)
 order by a.authorization_id
