-- Reversals whose items are open because their presentment had not come, each with the oldest presentment that has come since, is booked and
-- was not taken back by another (by DE 31, without any by the trace id); also those that were matched to theirs already and were cut off before that was booked.
select x.exception_id, x.opened_at, r.file_id, r.position, r.function_code, r.is_debit, r.amount, r.asset, r.at, r.business_date, r.trace_id, r.rrn,
       r.approval_code, f.sha256,
       f.received_at, m.sequence, m.refers_file is not null as is_begun, b.journal_id,
       p.file_id as presented_file, p.position as presented_position, p.account_id, p.authorization_id, p.chain_id
  from ledger.exception x
 cross join lateral (select split_part(split_part(x.subject, ' ', 2), '/', 1) as file_id,
                            (case when x.subject ~ '^clearing [0-9]+/[0-9]{1,9}$' then split_part(x.subject, '/', 2)::integer end) as position) as s
 cross join lateral (select * from clearing.record o where o.file_id = s.file_id and o.position = s.position offset 0) as r
 cross join lateral (select o.sha256, o.received_at from clearing.file o where o.file_id = r.file_id offset 0) as f
 cross join lateral (select * from clearing.match o where o.file_id = r.file_id and o.position = r.position order by o.sequence desc limit 1) as m
 cross join lateral (select * from clearing.booking o where o.file_id = r.file_id and o.position = r.position and o.is_main
                      order by o.sequence desc limit 1) as b
  left join ledger.card k on k.card_id = r.card_id
 cross join lateral (
       select o.file_id, o.position, n.account_id, n.authorization_id, n.chain_id
         from (select * from clearing.record s where s.arn = r.arn
                union all
               select * from clearing.record s where r.arn is null and s.arn is null and s.trace_id = r.trace_id) as o
         join clearing.file g using (file_id)
         left join ledger.card c on c.card_id = o.card_id
        cross join lateral (select * from clearing.match t where t.file_id = o.file_id and t.position = o.position
                             order by t.sequence desc limit 1) as n
        where o.kind = 'presentment' and not o.is_reversal and o.function_code = r.function_code
          and o.amount = r.amount and o.asset = r.asset and o.is_debit <> r.is_debit
          and coalesce(k.account_id = c.account_id, o.pan_masked is not distinct from r.pan_masked)
          and n.amount = r.amount and n.asset = r.asset
          and exists (select from clearing.booking t where t.file_id = o.file_id and t.position = o.position and t.is_main
                         and t.sequence = n.sequence and t.status in ('posted', 'suspense'))
          and case when m.refers_file is not null then m.refers_file = o.file_id and m.refers_position = o.position
                   else not exists (select from clearing.match t join clearing.record y using (file_id, position)
                                     where t.refers_file = o.file_id and t.refers_position = o.position and y.is_reversal and y.kind = 'presentment')
               end
        order by g.received_at, o.file_id, o.position limit 1) as p
 where x.status = 'open' and x.kind = 'orphan_reversal' and b.status = 'suspense'
   and (m.concern = 'orphan_reversal' and m.refers_file is null or m.concern is null and m.refers_file is not null and m.sequence > b.sequence)
 order by x.exception_id
