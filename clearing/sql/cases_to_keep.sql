-- Open items of claims and withdrawals, and those of disputes that have just been taken back: the items of their cases are kept to the money.
select x.exception_id
  from ledger.exception x
 where x.status = 'open' and x.kind in ('claim_to_send', 'dispute_withdrawn')
   and exists (select from clearing.records_of_case(
                      split_part(split_part(x.subject, ' ', 2), '/', 1),
                      case when x.subject ~ '^clearing [0-9]+/[0-9]{1,9}$' then split_part(x.subject, '/', 2)::integer end) as o
                 join clearing.dispute_record d using (file_id, position))
union
select x.exception_id from ledger.exception x where x.exception_id = any ($1::bigint[])
 order by exception_id
