-- Clearing files that have not been read for positions yet.
select f.file_id, f.framing, f.character_set from clearing.file f
 where not exists (select from clearing.position_file p where p.file_id = f.file_id) order by f.received_at, f.file_id
