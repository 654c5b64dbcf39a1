insert into clearing.posted_chunk (file_id, first_position, last_position, is_end) values ($1, $2, $3, $4)
