select max(position) from clearing.record where file_id = $1
