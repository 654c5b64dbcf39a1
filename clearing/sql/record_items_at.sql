-- The same of some records of a file, as they stand now.
select i.* from clearing.record_item i where i.file_id = $1 and i.position = any ($2::integer[]) order by i.position, i.kind
