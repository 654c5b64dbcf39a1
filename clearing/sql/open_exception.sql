-- An item with what is known of it, held against everybody else who would resolve it; of a record the account and the newest match.
select x.exception_id, x.kind, x.subject, x.amount, x.asset, x.status, x.opened_at, coalesce(c.proposal, '[]')::text as proposal,
       r.account_id, coalesce(r.rule = 'by_hand' and r.concern is distinct from x.kind and x.kind <> 'settled_otherwise', false) as is_matched_by_hand
  from ledger.exception x left join clearing.exception_case c using (exception_id)
  left join lateral (
       select coalesce(m.account_id, k.account_id) as account_id, m.rule, m.concern
         from clearing.record o left join clearing.match m using (file_id, position) left join ledger.card k on k.card_id = o.card_id
        where x.subject ~ '^clearing [0-9]+/[0-9]+$' and o.file_id = split_part(split_part(x.subject, ' ', 2), '/', 1)
          and o.position = (case when x.subject ~ '^clearing [0-9]+/[0-9]+$' then split_part(x.subject, '/', 2)::integer end)
        order by m.sequence desc nulls last limit 1) as r on true
 where x.exception_id = $1 for update of x
