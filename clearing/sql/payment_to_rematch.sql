-- With the sums of its chain: the one that holds the money of an authorization of this account: its own if anything is left of it, else that of the network's
-- advice in its place, under the same trace id; none if it never held or booked anything.
select o.authorization_id, h.chain_id, o.verdict, o.recorded_at as at, o.amount, o.trace_id, o.rrn, o.approval_code,
       h.authorized + h.incremented - h.reversed as remaining, h.captured, h.expired, h.held, h.expires_at, s.mti,
       coalesce(e.is_presented, false) as is_presented
  from ledger.outcome o
  join ledger.outcome s on s.account_id = o.account_id and (s.authorization_id = o.authorization_id or s.trace_id = o.trace_id)
   and s.mti in ('0100', '0120', '0200', '0220')
  join ledger.hold h on h.chain_id = s.chain_id and h.account_id = o.account_id
 left join lateral (select true as is_presented from ledger.authorization_event v
                      where v.chain_id = h.chain_id and s.mti in ('0200', '0220') and v.kind in ('captured', 'captured_last') limit 1) as e on true
 where o.account_id = $2 and o.authorization_id = $1 and o.mti in ('0100', '0120', '0200', '0220')
 order by (s.authorization_id = o.authorization_id and h.authorized + h.incremented > h.reversed) desc, h.held > 0 desc,
       s.authorization_id = o.authorization_id desc limit 1
