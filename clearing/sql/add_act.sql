insert into clearing.exception_act (exception_id, sequence, act, actor, reason, counterpart, journal_ids)
select $1, coalesce(max(a.sequence), 0) + 1, $2, $3, $4, $5, $6 from clearing.exception_act a where a.exception_id = $1
