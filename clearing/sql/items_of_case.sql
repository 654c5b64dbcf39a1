-- All items about the presentment that these items are about, whatever raised them: what is done for one of them depends on what was done
-- for another.
select distinct y.exception_id
  from ledger.exception x
 cross join lateral clearing.records_of_case(
       split_part(split_part(x.subject, ' ', 2), '/', 1),
       case when x.subject ~ '^clearing [0-9]+/[0-9]{1,9}$' then split_part(x.subject, '/', 2)::integer end) as o
  join ledger.exception y on y.subject = format('clearing %s/%s', o.file_id, o.position)
 where x.exception_id = any ($1::bigint[])
