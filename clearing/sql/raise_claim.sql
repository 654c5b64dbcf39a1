-- So much is claimed in the case of this record and not with the network: that its chargeback must be there until the deadline is for people,
-- until the network has cleared it. Under the terms of the newest item of the case that was charged back. $3: the kind.
with claimed as (
    select x.subject, x.asset, coalesce(x.due_on, c.deadline) as due_on, c.reason, c.due_act, c.due_by, c.clock_on, c.terms, c.business_date
      from clearing.records_of_case($1, $2) as o
      join ledger.exception x on x.subject = format('clearing %s/%s', o.file_id, o.position)
      join clearing.exception_case c using (exception_id)
     where c.due_act = 'charge_back' and x.status = 'resolved' and x.asset = $6
     order by x.resolution_journal_id is null, x.exception_id desc limit 1
), made as (
    insert into ledger.exception (kind, opened_at, subject, amount, asset, owner, due_on)
    select $3, clock_timestamp(), subject, $5, asset, $4, due_on from claimed returning exception_id
)
insert into clearing.exception_case (exception_id, said, reason, deadline, due_act, due_by, clock_on, terms, business_date)
select m.exception_id, 'its claim is booked; the chargeback must be with the network until the deadline', c.reason, c.due_on, c.due_act, c.due_by,
       c.clock_on, c.terms, c.business_date
  from made m cross join claimed c
