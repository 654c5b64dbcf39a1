-- The sequence of the newest match of a record.
select max(sequence) from clearing.match where file_id = $1 and position = $2
