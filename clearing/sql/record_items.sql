-- Of a piece of a file the records of a date that matching had something against, or that are not booked. A record that names no date
-- is of the date of its file.
select i.* from clearing.record_item i
 where i.file_id = $2 and i.position between $3 and $4 and (i.business_date = $1 or i.business_date is null) order by i.position
