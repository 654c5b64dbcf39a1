insert into clearing.exception_case (exception_id, said, reason, deadline, proposal, due_act, due_by, clock_on, terms, business_date)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing
