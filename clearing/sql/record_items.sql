-- Of a piece of a file the records of a date that matching had something against, that are not booked, or whose settlement nothing
-- explains. A record of an earlier release may have no date: it is of the date of its file.
select i.* from clearing.record_item i
 where i.file_id = $2 and i.position between $3 and $4 and (i.business_date = $1 or i.business_date is null)
union all
select r.file_id, r.position, 'settled_otherwise', (r.settled_amount > r.posted_amount) = r.is_debit,
       abs(r.settled_amount - r.posted_amount), r.posted_asset, null::bigint, r.message_reason,
       'settled by another amount than is billed, and nothing explains it', false, r.function_code, r.business_date
  from report.clearing_record r
 where r.file_id = $2 and r.position between $3 and $4 and r.business_date = $1
   and r.settled_asset = r.posted_asset and r.settled_amount <> r.posted_amount
   and exists (select from clearing.booking d where d.file_id = r.file_id and d.position = r.position and d.kind = 'difference'
                  and d.status = 'suspense')
 order by position, kind
