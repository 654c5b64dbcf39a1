-- What is there already of this document, or of a statement of this account under this id.
select f.name, f.received_at from clearing.statement_file f where f.sha256 = $1
