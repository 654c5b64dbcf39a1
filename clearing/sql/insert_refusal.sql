insert into clearing.refusal (actor, name, sha256, file_id, record, element, tag, byte, reason, kind) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'clearing_file')
