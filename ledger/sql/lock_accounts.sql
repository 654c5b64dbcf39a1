-- Second in the locking order, after the stream head: accounts by id, the same order for everybody.
select b.account_id, a.kind, a.asset, a.normal_side = 'debit' as is_debit_normal, a.status,
       b.posted, b.holds, b.floor, b.excused, b.version, b.facts_version, b.is_related
  from ledger.balance b join ledger.account a using (account_id)
 where b.account_id = any ($1::bigint[])
 order by b.account_id
   for no key update of b
