-- Records that were matched by hand and are not booked so yet: whoever did it was cut off. Not those that were taken back as they stood.
select m.file_id, m.position
  from (select s.file_id, s.position, max(s.sequence) as sequence from clearing.match s where s.rule = 'by_hand' group by 1, 2) as m
 where exists (select from clearing.booking b where b.file_id = m.file_id and b.position = m.position and b.is_main)
   and not exists (select from clearing.booking b where b.file_id = m.file_id and b.position = m.position and b.is_main and b.sequence >= m.sequence)
   and not exists (select from clearing.match x join clearing.record y using (file_id, position)
                    where x.refers_file = m.file_id and x.refers_position = m.position and y.is_reversal and y.kind = 'presentment')
 order by m.file_id, m.position
