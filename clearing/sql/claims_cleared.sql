-- Open items of claims whose chargeback the network has cleared.
select x.exception_id
  from ledger.exception x
  join clearing.record r on r.file_id = split_part(split_part(x.subject, ' ', 2), '/', 1)
   and r.position = case when x.subject ~ '^clearing [0-9]+/[0-9]+$' then split_part(x.subject, '/', 2)::integer end
 where x.status = 'open' and x.kind = 'claim_to_send'
   and exists (select from clearing.record o join clearing.dispute_record d using (file_id, position)
                where o.arn = r.arn and d.stage = 'chargeback' and not d.is_withdrawn)
 order by x.exception_id
