-- What these records' own amounts are booked by, newest first counting.
select n.file_id, n.position, j.journal_id, j.booking_date, j.kind
  from unnest($1::text[], $2::integer[]) as n (file_id, position)
 cross join lateral (select s.journal_id from clearing.booking s where s.file_id = n.file_id and s.position = n.position and s.is_main
                      order by s.sequence desc limit 1) as b
 cross join lateral (select * from ledger.journal s where s.journal_id = b.journal_id offset 0) as j
