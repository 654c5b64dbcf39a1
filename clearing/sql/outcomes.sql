-- What became of the records of a stretch of a file: as posting left them, whatever people have decided since.
select status, count(*) as records from clearing.booking
 where file_id = $1 and position > $2 and position <= $3 and is_main group by status
