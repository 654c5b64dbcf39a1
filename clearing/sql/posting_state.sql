-- Where posting has to go on: after the last piece that was posted to its end.
select f.file_id, f.sha256, f.name, f.messages, f.framing, f.character_set, f.received_at, f.is_test,
       coalesce(max(c.last_position), 0) as posted, coalesce(bool_or(c.is_end), false) as is_posted
  from clearing.file f left join clearing.posted_chunk c using (file_id) where f.file_id = $1 group by f.file_id
