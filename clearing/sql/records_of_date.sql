-- How many records of a date there are in a piece of a file.
select count(*) from clearing.record where file_id = $2 and position between $3 and $4 and business_date = $1
