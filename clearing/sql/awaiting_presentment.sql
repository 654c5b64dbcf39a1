-- Approved by the end of this date ($1) and held, with their time over between $2 and $3, by asset.
select h.asset, count(*) as count, sum(h.held)::bigint as left
  from ledger.hold h
 cross join lateral (select * from ledger.authorization s where s.authorization_id = h.chain_id limit 1) as a
 where h.held > 0 and h.captured = 0 and h.expires_at >= $2::date::timestamp at time zone 'UTC' and h.expires_at < $3::date::timestamp at time zone 'UTC'
   and a.transmitted_at < ($1::date + 1)::timestamp at time zone 'UTC'
 group by h.asset order by h.asset
