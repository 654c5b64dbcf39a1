-- Open items about presentments that an authorization, an increment or an advice which came since allows: under the trace id of one that had
-- none, on the chain of one that was too much or reversed; and with it all that was presented of that payment.
select x.exception_id, x.kind, x.subject from ledger.exception x
 cross join lateral (select * from clearing.record s
                      where s.file_id = split_part(split_part(x.subject, ' ', 2), '/', 1)
                        and s.position = (case when x.subject ~ '^clearing [0-9]+/[0-9]{1,9}$' then split_part(x.subject, '/', 2)::integer end) offset 0) as r
 cross join lateral (select * from clearing.match s where s.file_id = r.file_id and s.position = r.position
                      order by s.sequence desc limit 1) as m
 where x.status = 'open' and x.kind in ('unauthorized_presentment', 'over_cleared', 'after_reversal')
   and case x.kind
       when 'unauthorized_presentment' then m.rule = 'none'
           and exists (select from ledger.outcome o join ledger.hold h using (chain_id)
                        where o.account_id = m.account_id and o.trace_id = r.trace_id and o.mti in ('0100', '0120', '0200', '0220')
                          and o.verdict in ('approved', 'partially_approved', 'accepted')
                          and exists (select from ledger.authorization_event e
                                       where e.chain_id = h.chain_id and e.kind in ('captured', 'captured_last'))
                          and h.captured <= h.authorized + h.incremented - h.reversed)
       else exists (select from ledger.hold h where h.chain_id = m.chain_id and h.captured <= h.authorized + h.incremented - h.reversed)
       end
 order by x.exception_id
