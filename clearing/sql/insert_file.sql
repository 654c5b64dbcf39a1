insert into clearing.file (file_id, sha256, name, bytes, pieces, framing, character_set, messages, amount, is_test, actor)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
