select count(*) from clearing.file
