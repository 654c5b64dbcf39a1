-- The items of the disputes that these items belong to, these among them; of anything else nothing.
select distinct y.exception_id
  from ledger.exception x
 cross join lateral (select split_part(split_part(x.subject, ' ', 2), '/', 1) as file_id, split_part(x.subject, '/', 2)::integer as position) as p
  join clearing.dispute_record d on d.file_id = p.file_id and d.position = p.position
  join clearing.dispute_record o on o.case_name = d.case_name
  join ledger.exception y on y.subject = format('clearing %s/%s', o.file_id, o.position) and y.kind in ('chargeback', 'second_presentment')
 where x.exception_id = any ($1::bigint[]) and x.kind in ('chargeback', 'second_presentment')
