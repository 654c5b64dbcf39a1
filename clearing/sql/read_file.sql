select sha256, bytes, pieces, name, framing, received_at from clearing.file where file_id = $1
