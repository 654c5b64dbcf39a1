-- Every account with its postings in the order of its versions; one row without an amount for an account that has none.
-- Which journals post by force: see FORCED_KINDS in ledger.recipes.entry.
select b.account_id, a.normal_side = 'debit' as is_debit_normal, b.floor, p.layer, p.amount,
       (j.kind, j.reason) = ('hold', 'advised') or j.kind in ('capture', 'refund_reversal', 'dispute_lost', 'correction') or starts_with(j.kind, 'forced_') as is_forced,
       lead(p.journal_id) over (partition by b.account_id order by p.account_version) is distinct from p.journal_id as is_last
  from ledger.balance b join ledger.account a using (account_id) left join ledger.posting p using (account_id)
  left join ledger.journal j on j.journal_id = p.journal_id and j.booking_date = p.booking_date
 order by b.account_id, p.account_version
