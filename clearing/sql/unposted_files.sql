-- Files with records of this date that are not posted to their end.
select p.file_id, p.posted, p.messages from report.clearing_progress p
 where not p.is_posted and exists (select from clearing.record r where r.file_id = p.file_id and r.business_date = $1)
 order by p.file_id
