-- The lines of people's acts, each linked to the one before it (see record_audit).
select 'audit line ' || audit_id as subject, 'its hash does not follow from its text and the line before' as detail
  from (select a.*, lag(hash) over (order by audit_id) as hash_before from ledger.audit a) as lines
 where hash <> sha256(coalesce(hash_before, ''::bytea) || convert_to(concat_ws('|',
                (extract(epoch from at) * 1000000)::bigint, length(actor), actor, length(action), action,
                length(subject), subject, length(reason), reason, length(detail), detail), 'UTF8'))
