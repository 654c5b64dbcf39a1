-- An item for people per record and kind, once, however often posting begins again; with it what is due and what would put it right.
-- $15: also where one was settled before without a journal (people have matched the record and taken that back).
with made as (
    insert into ledger.exception (kind, opened_at, subject, amount, asset, owner, due_on)
    select u.kind, clock_timestamp(), u.subject, u.amount, u.asset, u.owner, u.due_on
      from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::date[]) as u (kind, subject, amount, asset, owner, due_on)
     where not exists (select from ledger.exception x where x.subject = u.subject and x.kind = u.kind
                         and (x.status = 'open' or x.resolution_journal_id is not null or not $15::boolean))
    returning exception_id, kind, subject, due_on
)
insert into clearing.exception_case (exception_id, said, reason, deadline, proposal, due_act, due_by, clock_on, terms, business_date)
select m.exception_id, u.said, u.reason, m.due_on, u.proposal::jsonb, u.due_act, u.due_by, u.clock_on, u.terms, u.business_date
  from made m
  join unnest($1::text[], $2::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::date[], $13::text[], $14::date[])
       as u (kind, subject, said, reason, proposal, due_act, due_by, clock_on, terms, business_date) on u.kind = m.kind and u.subject = m.subject
