-- What the records of this record's case have booked in an asset, as matched and booked last; not yet booked counts as booked.
select o.file_id, o.position, d.stage, r.is_debit, m.amount, m.account_id,
       coalesce(m.concern in ('orphan_reversal', 'credited_before'), false) and m.account_id is null as is_waiting
  from clearing.records_of_case($1, $2) as o
  join clearing.record r using (file_id, position)
  left join clearing.dispute_record d using (file_id, position)
 cross join lateral (select * from clearing.match s where s.file_id = o.file_id and s.position = o.position order by s.sequence desc limit 1) as m
  left join lateral (select s.status from clearing.booking s where s.file_id = o.file_id and s.position = o.position and s.is_main
                      order by s.sequence desc limit 1) as b on true
 where m.asset = $3 and m.amount is not null and r.kind in ('presentment', 'chargeback', 'second_presentment')
   and b.status is distinct from 'unbookable'
 order by o.file_id, o.position
