-- Records of a date that matching had something against, that are not booked, or whose settlement nothing explains. A record that
-- could not be understood has no date of its own: it is of the date of its file.
(select r.file_id, r.position, coalesce(r.concern, case when r.status = 'received' then 'not_booked' else 'unbookable_record' end) as kind,
       coalesce(r.is_debit, true) as is_debit, coalesce(m.concern_amount, r.posted_amount, r.amount) as amount,
       coalesce(r.posted_asset, r.asset) as asset,
       coalesce(r.account_id, c.account_id) as account_id, r.message_reason as reason,
       coalesce(nullif(r.match_reason, ''), nullif(r.detail, ''), r.status) as said,
       exists (select from clearing.record o join ledger.exception x on x.subject = format('clearing %s/%s', o.file_id, o.position)
                where r.kind = 'second_presentment' and o.arn = r.arn and o.kind = 'chargeback' and x.kind = 'chargeback'
                  and x.resolution_journal_id is not null) as is_credited
  from report.clearing_record r
  left join lateral (select s.concern_amount from clearing.match s where s.file_id = r.file_id and s.position = r.position
                      order by s.sequence desc limit 1) as m on true
  left join ledger.card c on c.card_id = r.card_id
 where (r.business_date = $1 or (r.business_date is null and r.file_id in (select o.file_id from clearing.record o where o.business_date = $1)))
   and (r.concern is not null or r.status in ('received', 'unbookable'))
)
union all
(select r.file_id, r.position, 'settled_otherwise', (r.settled_amount > r.posted_amount) = r.is_debit,
       abs(r.settled_amount - r.posted_amount), r.posted_asset, null::bigint, r.message_reason,
       'settled by another amount than is billed, and nothing explains it', false
  from report.clearing_record r
 where r.business_date = $1 and r.settled_asset = r.posted_asset and r.settled_amount <> r.posted_amount
   and exists (select from clearing.booking d where d.file_id = r.file_id and d.position = r.position and d.kind = 'difference'
                  and d.status = 'suspense'))
 order by file_id, position, kind
