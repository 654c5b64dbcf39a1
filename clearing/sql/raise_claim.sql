-- The claim of this item is booked; that its chargeback is with the network until the deadline is for people, until the network has
-- cleared it. $2: the kind of such an item.
with claimed as (
    select x.subject, x.amount, x.asset, coalesce(x.due_on, c.deadline) as due_on, c.reason, c.due_act, c.due_by, c.clock_on, c.terms, c.business_date
      from ledger.exception x join clearing.exception_case c using (exception_id)
      join clearing.record r on r.file_id = split_part(split_part(x.subject, ' ', 2), '/', 1)
       and r.position = case when x.subject ~ '^clearing [0-9]+/[0-9]+$' then split_part(x.subject, '/', 2)::integer end
     where x.exception_id = $1 and c.due_act = 'charge_back'
       and not exists (select from clearing.record o join clearing.dispute_record d using (file_id, position)
                        where o.arn = r.arn and d.stage = 'chargeback' and not d.is_withdrawn)
), made as (
    insert into ledger.exception (kind, opened_at, subject, amount, asset, owner, due_on)
    select $2, clock_timestamp(), subject, amount, asset, $3, due_on from claimed returning exception_id
)
insert into clearing.exception_case (exception_id, said, reason, deadline, due_act, due_by, clock_on, terms, business_date)
select m.exception_id, 'its claim is booked; the chargeback must be with the network until the deadline', c.reason, c.due_on, c.due_act, c.due_by,
       c.clock_on, c.terms, c.business_date
  from made m cross join claimed c
