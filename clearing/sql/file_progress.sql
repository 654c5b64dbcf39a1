-- How far the files are that came since then; each is found by its last piece, so a file costs one look into an index.
select f.file_id, f.messages, f.received_at, coalesce(c.last_position, 0) as posted, coalesce(c.is_end, false) as is_posted,
       extract(epoch from statement_timestamp() - f.received_at)::float8 as age_seconds,
       extract(epoch from statement_timestamp() - coalesce(c.at, f.received_at))::float8 as idle_seconds
  from clearing.file f
  left join lateral (select p.last_position, p.is_end, p.at from clearing.posted_chunk p
                      where p.file_id = f.file_id order by p.first_position desc limit 1) as c on true
 where f.received_at >= $1
