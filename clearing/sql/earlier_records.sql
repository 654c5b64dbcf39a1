-- Records with these acquirer references (DE 31), or without one and with these trace ids (behind a space), oldest first, and whether they
-- were taken back. A reversal without its presentment
-- waits for it (is_orphan) as long as its item is open.
select n.name, r.file_id, r.position, r.function_code, r.amount, r.asset, r.kind = 'presentment' as is_presentment, r.is_reversal,
       m.account_id, m.authorization_id, m.chain_id, m.amount as posted_amount, m.asset as posted_asset, r.is_debit, r.pan_masked,
       (select c.account_id from ledger.card c where c.card_id = r.card_id) as card_account_id,
       exists (select from clearing.match x join clearing.record y using (file_id, position)
                where x.refers_file = r.file_id and x.refers_position = r.position and y.is_reversal and y.kind = 'presentment') as is_taken_back,
       m.concern is not distinct from 'orphan_reversal'
           and exists (select from ledger.exception x where x.subject = format('clearing %s/%s', r.file_id, r.position)
                          and x.kind = 'orphan_reversal' and x.status = 'open') as is_orphan
  from unnest($1::text[]) as n (name)
 cross join lateral (
       (select * from clearing.record s where s.arn = n.name and s.amount is not null limit 200)
        union all
       (select * from clearing.record s
         where n.name like ' %' and s.arn is null and s.trace_id = substr(n.name, 2) and s.amount is not null limit 200)) as r
 cross join lateral (select * from clearing.match s where s.file_id = r.file_id and s.position = r.position
                      order by s.sequence desc limit 1) as m
 order by n.name, r.file_id, r.position
