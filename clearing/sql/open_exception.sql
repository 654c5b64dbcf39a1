-- An item with what is known of it; of a record the account and the newest match,
-- of a dispute how its case stands: whether the cardholder has the chargeback's money (or its claim was booked before it was cleared),
-- and whether a later record took it back; of a presentment whether its chargeback was worked off.
select x.exception_id, x.kind, x.subject, x.amount, x.asset, x.status, x.opened_at, c.business_date, coalesce(c.proposal, '[]')::text as proposal,
       r.account_id, coalesce(r.rule = 'by_hand' and r.concern is distinct from x.kind and x.kind not in ('settled_otherwise', 'flawed_record'), false) as is_matched_by_hand,
       coalesce(x.kind = 'orphan_reversal' and r.concern is null and r.rule = 'acquirer_reference', false) as is_paired,
       r.account_status, coalesce(r.is_debit, true) as is_debit,
       d.case_name is not null and x.kind in ('chargeback', 'second_presentment') as is_dispute,
       x.kind = 'chargeback' and exists (
           select from clearing.record o
             join ledger.exception y on y.subject = format('clearing %s/%s', o.file_id, o.position) and y.kind <> x.kind
             join ledger.journal j on j.journal_id = y.resolution_journal_id and j.kind in ('dispute_opened', 'provisional_credit')
            where o.arn = r.arn and o.kind = 'presentment' and not o.is_reversal)
       or x.kind = 'second_presentment' and exists (
           select from clearing.dispute_record o
             join ledger.exception y on y.subject = format('clearing %s/%s', o.file_id, o.position) and y.kind = 'chargeback'
            where o.case_name = d.case_name and y.resolution_journal_id is not null) as is_credited,
       exists (select from clearing.dispute_record o join clearing.record q using (file_id, position)
                where o.case_name = d.case_name and o.stage = d.stage and o.is_withdrawn and q.amount = r.record_amount
                  and q.asset = r.record_asset) as is_withdrawn,
       exists (select from clearing.record o
                 join ledger.exception y on y.subject = format('clearing %s/%s', o.file_id, o.position) and y.kind = 'chargeback'
                where r.kind = 'presentment' and o.arn = r.arn and o.kind = 'chargeback' and y.resolution_journal_id is not null) as is_charged_back,
       a.actor as ended_by, a.act as ended_as
  from ledger.exception x left join clearing.exception_case c using (exception_id)
  left join lateral (
       select o.file_id, o.position, o.kind, o.arn, coalesce(m.account_id, k.account_id) as account_id, m.rule, m.concern, o.is_debit,
              o.amount as record_amount, o.asset as record_asset,
              (select s.status from ledger.account s where s.account_id = coalesce(m.account_id, k.account_id)) as account_status
         from clearing.record o left join clearing.match m using (file_id, position) left join ledger.card k on k.card_id = o.card_id
        where x.subject ~ '^clearing [0-9]+/[0-9]+$' and o.file_id = split_part(split_part(x.subject, ' ', 2), '/', 1)
          and o.position = (case when x.subject ~ '^clearing [0-9]+/[0-9]+$' then split_part(x.subject, '/', 2)::integer end)
        order by m.sequence desc nulls last limit 1) as r on true
  left join clearing.dispute_record d on d.file_id = r.file_id and d.position = r.position and not d.is_withdrawn
  left join lateral (select s.actor, s.act from clearing.exception_act s
                      where s.exception_id = x.exception_id and s.act not in ('assigned', 'noted') order by s.sequence desc limit 1) as a on true
 where x.exception_id = $1
