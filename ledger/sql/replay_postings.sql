-- Every account with its postings in the order of its versions; one row without an amount for an account that has none.
select b.account_id, a.normal_side = 'debit' as is_debit_normal, b.floor, p.layer, p.amount,
       case when j.reason in ('advised', 'forced') then true when j.idempotency_key is null then false end as is_forced
  from ledger.balance b join ledger.account a using (account_id) left join ledger.posting p using (account_id)
  left join ledger.journal j on j.journal_id = p.journal_id and j.booking_date = p.booking_date
 order by b.account_id, p.account_version
