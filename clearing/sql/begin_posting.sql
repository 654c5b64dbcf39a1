-- In chunks of which size this file is posted: as whoever began with it has said, else of $2 messages from now on.
with begun as (insert into clearing.posting_begun (file_id, chunk) values ($1, $2) on conflict do nothing returning chunk)
select chunk from begun union all select chunk from clearing.posting_begun where file_id = $1
