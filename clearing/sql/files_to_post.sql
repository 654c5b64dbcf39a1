-- Kept before $1 and not posted to their end: whoever was posting them is gone, or still at it.
select f.file_id from clearing.file f
 where f.received_at < $1 and not exists (select from clearing.posted_chunk c where c.file_id = f.file_id and c.is_end)
 order by f.received_at
