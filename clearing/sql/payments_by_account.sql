-- Payments of these accounts in those days, with their sums and what the request said. Only for records that name none by trace id.
select n.account_id, o.authorization_id, h.chain_id, o.verdict, a.transmitted_at as at, o.amount, o.trace_id, o.rrn,
       o.approval_code, h.authorized + h.incremented - h.reversed as remaining, h.captured, h.expired, h.held, h.expires_at, o.mti,
       coalesce(e.is_presented, false) as is_presented,
       a.card_id, a.request
  from unnest($1::bigint[]) as n (account_id)
 cross join lateral (select * from ledger.outcome s where s.account_id = n.account_id
                        and s.key_date between $2::date and $3::date and s.mti in ('0100', '0120', '0200', '0220') limit 2000) as o
 cross join lateral (select * from ledger.authorization s where s.authorization_id = o.authorization_id offset 0) as a
  left join lateral (select * from ledger.hold s where s.chain_id = o.chain_id offset 0) as h on true
  left join lateral (select true as is_presented from ledger.authorization_event v
                      where v.chain_id = h.chain_id and o.mti in ('0200', '0220') and v.kind in ('captured', 'captured_last') limit 1) as e on true
