-- An item for a finding, once: one that is there is taken over, open or worked off; one that was about another sum is not this one, nor one
-- that had settled itself and is found again.
with known as (
    select x.exception_id, x.status from ledger.exception x
     where x.kind = $1 and x.subject = $2 and (x.status = 'open' or x.kind = any ($6::text[])
            or (x.amount is not distinct from $3
                and (x.resolution_journal_id is not null
                     or exists (select from clearing.exception_act a where a.exception_id = x.exception_id and a.act in ('matched', 'written_off')))))
     order by x.status = 'open' desc, x.exception_id desc limit 1
), made as (
    insert into ledger.exception (kind, opened_at, subject, amount, asset, owner, due_on)
    select $1, clock_timestamp(), $2, $3, $4, $5, $7::date where not exists (select from known)
    returning exception_id
)
select exception_id, true as is_new from made union all select exception_id, false from known
