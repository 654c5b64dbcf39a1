-- An item with what is known of it, held against everybody else who would resolve it.
select x.exception_id, x.kind, x.subject, x.amount, x.asset, x.status, x.opened_at, coalesce(c.proposal, '[]')::text as proposal,
       (select coalesce(m.account_id, k.account_id) from clearing.record r
          left join clearing.match m on m.file_id = r.file_id and m.position = r.position
          left join ledger.card k on k.card_id = r.card_id
         where x.subject ~ '^clearing [0-9]+/[0-9]+$' and r.file_id = split_part(split_part(x.subject, ' ', 2), '/', 1)
           and r.position = (case when x.subject ~ '^clearing [0-9]+/[0-9]+$' then split_part(x.subject, '/', 2)::integer end)
         order by m.sequence desc limit 1) as account_id
  from ledger.exception x left join clearing.exception_case c using (exception_id)
 where x.exception_id = $1 for update of x
