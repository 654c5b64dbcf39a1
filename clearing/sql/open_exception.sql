-- An item with what is known of it; of a record its account, its newest match, and what lies in suspense of what it is settled otherwise by;
-- of a dispute its stage, and whether a later record took it back.
select x.exception_id, x.kind, x.subject, x.amount, x.asset, x.status, x.opened_at, c.business_date, coalesce(c.proposal, '[]')::text as proposal,
       r.file_id, r.position, r.account_id, r.account_status, coalesce(r.is_debit, true) as is_debit, d.stage,
       coalesce(r.rule = 'by_hand' and r.concern is distinct from x.kind and x.kind not in ('settled_otherwise', 'flawed_record', 'claim_to_send'), false) as is_matched_by_hand,
       coalesce(x.kind = 'orphan_reversal' and r.concern is null and r.rule = 'acquirer_reference', false) as is_paired,
       x.kind = d.kind and exists (select from clearing.dispute_withdrawal w where w.case_name = d.case_name and w.taken_file = r.file_id
                                      and w.taken_position = r.position and not w.is_worked_off) as is_withdrawn,
       (select sum(p.amount)::bigint from clearing.booking b join ledger.journal j using (journal_id)
          join ledger.posting p on p.journal_id = j.journal_id and p.booking_date = j.booking_date join ledger.account s using (account_id)
         where x.kind = 'settled_otherwise' and b.file_id = r.file_id and b.position = r.position and b.kind = 'difference'
           and s.kind = 'suspense') as difference,
       a.actor as ended_by, a.act as ended_as
  from ledger.exception x left join clearing.exception_case c using (exception_id)
  left join lateral (
       select o.file_id, o.position, coalesce(m.account_id, k.account_id) as account_id, m.rule, m.concern, o.is_debit,
              (select s.status from ledger.account s where s.account_id = coalesce(m.account_id, k.account_id)) as account_status
         from clearing.record o left join clearing.match m using (file_id, position) left join ledger.card k on k.card_id = o.card_id
        where x.subject ~ '^clearing [0-9]+/[0-9]{1,9}$' and o.file_id = split_part(split_part(x.subject, ' ', 2), '/', 1)
          and o.position = (case when x.subject ~ '^clearing [0-9]+/[0-9]{1,9}$' then split_part(x.subject, '/', 2)::integer end)
        order by m.sequence desc nulls last limit 1) as r on true
  left join lateral (select n.case_name, n.stage, o.kind from clearing.dispute_record n join clearing.record o using (file_id, position)
                      where n.file_id = r.file_id and n.position = r.position) as d on true
  left join lateral (select s.actor, s.act from clearing.exception_act s
                      where s.exception_id = x.exception_id and s.act not in ('assigned', 'noted') order by s.sequence desc limit 1) as a on true
 where x.exception_id = $1
