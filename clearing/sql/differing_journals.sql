-- Records of a date, in a piece of a file, whose journal moves the network's account by something else than what was matched.
select r.file_id, r.position, r.posted_asset as asset, case when r.is_debit then -r.posted_amount else r.posted_amount end as matched,
       coalesce(sum(p.amount), 0)::bigint as journal
  from report.clearing_record r
  left join (ledger.posting p join ledger.account a on a.account_id = p.account_id and a.kind = 'network_settlement')
         on p.journal_id = r.journal_id and p.layer = 'posted' and p.asset = r.posted_asset
 where r.file_id = $2 and r.position between $3 and $4 and r.business_date = $1 and r.status in ('posted', 'suspense') and r.journal_id is not null
 group by r.file_id, r.position, r.posted_asset, r.is_debit, r.posted_amount
having coalesce(sum(p.amount), 0) <> case when r.is_debit then -r.posted_amount else r.posted_amount end
 order by r.file_id, r.position
