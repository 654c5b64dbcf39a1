-- The withdrawal that has taken the dispute of this item back.
select w.file_id, w.position from clearing.dispute_withdrawal w
 where w.case_name = (select d.case_name from clearing.dispute_record d where d.file_id = $1 and d.position = $2)
   and w.taken_file = $1 and w.taken_position = $2
