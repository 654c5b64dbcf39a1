-- Open items about these presentments that are settled when the presentment is taken back: its money is where it was before it.
select x.exception_id, x.opened_at, x.subject from ledger.exception x
 where x.subject = any ($1::text[]) and x.status = 'open'
   and x.kind in ('unknown_card', 'closed_account', 'wrong_currency', 'doubled_presentment', 'unauthorized_presentment', 'after_reversal',
                  'after_expiry', 'over_cleared')
 order by x.exception_id
