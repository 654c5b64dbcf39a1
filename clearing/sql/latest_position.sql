-- The last business date and cycle that any position is of.
select business_date, cycle from clearing.position where fault is null order by business_date desc, cycle desc limit 1
