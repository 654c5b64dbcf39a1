-- What is there already under this file id or with this content.
select file_id, sha256, name, received_at from clearing.file where file_id = $1 or sha256 = $2 order by sha256 = $2 desc limit 1
