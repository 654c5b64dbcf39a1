-- Positions that cannot be used, of files that state positions of this date or state none at all.
select p.file_id, p.number, p.fault from clearing.position p
 where p.fault is not null
   and (exists (select from clearing.position o where o.file_id = p.file_id and o.business_date = $1)
        or not exists (select from clearing.position o where o.file_id = p.file_id and o.fault is null))
 order by p.file_id, p.number
