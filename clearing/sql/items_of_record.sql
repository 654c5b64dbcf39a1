-- Items about what this record was matched to, held against whoever would work them off and as they are when held.
select exception_id, kind, amount, asset, status, opened_at, resolution_journal_id
  from ledger.exception
 where subject = $1
   and kind in ('unknown_card', 'closed_account', 'wrong_currency', 'doubled_presentment', 'unauthorized_presentment', 'after_reversal',
                'after_expiry', 'over_cleared')
 order by exception_id for update
