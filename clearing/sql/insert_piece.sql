insert into clearing.file_piece (file_id, number, sealed) values ($1, $2, $3)
