-- Payments of these accounts under these trace ids, with the sums of their chains. $3..$4: the days in which they may lie.
-- A name that an account uses hundreds of times names nothing.
select n.account_id, n.trace_id as name, o.authorization_id, h.chain_id, o.verdict, o.recorded_at as at, o.amount, o.trace_id, o.rrn,
       o.approval_code, h.authorized + h.incremented - h.reversed as remaining, h.captured, h.expired, h.held, h.expires_at, o.mti,
       coalesce(e.is_presented, false) as is_presented
  from unnest($1::bigint[], $2::text[]) as n (account_id, trace_id)
 cross join lateral (select * from ledger.outcome s where s.account_id = n.account_id and s.trace_id = n.trace_id
                        and s.key_date between $3::date and $4::date and s.mti in ('0100', '0120', '0200', '0220') limit 100) as o
  left join lateral (select * from ledger.hold s where s.chain_id = o.chain_id offset 0) as h on true
  left join lateral (select true as is_presented from ledger.authorization_event v
                      where v.chain_id = h.chain_id and o.mti in ('0200', '0220') and v.kind in ('captured', 'captured_last') limit 1) as e on true
