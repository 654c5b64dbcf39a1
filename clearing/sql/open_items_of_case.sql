-- Open items about the records of this record's case, in an asset, each with the stage of its record; not of disputes that were taken back:
-- the rule of that ends them.
select x.exception_id, x.kind, d.stage, coalesce(x.amount, 0) as amount
  from clearing.records_of_case($1, $2) as o
  join ledger.exception x on x.subject = format('clearing %s/%s', o.file_id, o.position)
  left join clearing.dispute_record d using (file_id, position)
 where x.status = 'open' and x.asset = $3
   and not exists (select from clearing.dispute_withdrawal w
                    where w.case_name = d.case_name and w.taken_file = o.file_id and w.taken_position = o.position and not w.is_worked_off)
 order by x.exception_id
