-- What people matched is few among millions, and each reconciliation looks whether one of them was cut off.
create index match_by_hand on clearing.match (file_id, position, sequence) where rule = 'by_hand';
