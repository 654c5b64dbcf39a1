-- The files that a date has records in, or that the network settles on it, with the first and the last of their records, also those that
-- name no date.
select f.file_id, (select min(r.position) from clearing.record r where r.file_id = f.file_id) as first,
       (select max(r.position) from clearing.record r where r.file_id = f.file_id) as last
  from (select r.file_id from clearing.record r where r.business_date = $1
         union select r.file_id from clearing.record r where r.reconciliation_date = $1 and r.reconciliation_date > r.business_date) as f
 order by f.file_id
