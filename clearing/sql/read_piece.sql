select sealed from clearing.file_piece where file_id = $1 and number = $2
