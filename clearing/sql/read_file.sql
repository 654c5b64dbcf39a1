select sha256, bytes, pieces from clearing.file where file_id = $1
