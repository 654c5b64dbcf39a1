-- Holds whose time is over at $1, the oldest first, after the place ($2, $3) where the batch before ended. Locks nothing.
select h.chain_id, h.account_id, h.asset, h.expires_at, h.last_event
  from ledger.hold h
 where h.held > 0 and h.expires_at <= $1 and (h.expires_at, h.chain_id) > ($2::timestamptz, $3::bigint)
 order by h.expires_at, h.chain_id limit $4
