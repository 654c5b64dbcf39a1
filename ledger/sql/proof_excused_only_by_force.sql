-- Which journals post by force can be told from the journals alone: see FORCED_KINDS in ledger.recipes.entry.
select 'account ' || b.account_id as subject, format('excused %s without a forced journal', b.excused) as detail
  from ledger.balance b
 where b.excused > 0
   and not exists (select from ledger.posting p join ledger.journal j using (journal_id, booking_date)
                    where p.account_id = b.account_id
                      and (j.reason = 'advised' or j.kind in ('capture', 'refund_reversal', 'dispute_lost', 'correction')
                           or starts_with(j.kind, 'forced_')))
