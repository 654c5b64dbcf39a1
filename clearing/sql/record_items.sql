-- Of a piece of a file the records of a date that people must look at. A record of an earlier release may have no date: it is of the date of
-- its file.
select i.* from clearing.record_item i
 where i.file_id = $2 and i.position between $3 and $4 and (i.business_date = $1 or i.business_date is null)
 order by position, kind
