-- Records of a date that matching had something against, or that are not booked. A record that could not be understood has no
-- date of its own: it is of the date of its file.
select i.* from clearing.record_item i
 where i.business_date = $1 or (i.business_date is null and i.file_id in (select o.file_id from clearing.record o where o.business_date = $1))
 order by i.file_id, i.position
