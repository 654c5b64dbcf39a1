-- An account is excused no further than a forced journal has taken it. Which journals post by force can be told from the journals
-- alone: see FORCED_KINDS in ledger.recipes.entry. posted - holds is the signed sum of both layers, in the account's own sense, and
-- what counts is where a journal leaves the account, after its last line.
with lines as (
    select b.account_id, b.excused, b.floor,
           (j.kind, j.reason) = ('hold', 'advised') or j.kind in ('capture', 'refund_reversal', 'dispute_lost', 'correction') or starts_with(j.kind, 'forced_') as is_forced,
           sum(case a.normal_side when 'debit' then p.amount else -p.amount end) over w as left_over,
           lead(p.journal_id) over w is distinct from p.journal_id as is_last
      from ledger.balance b join ledger.account a using (account_id) join ledger.posting p using (account_id)
      join ledger.journal j using (journal_id, booking_date) where b.excused > 0
    window w as (partition by p.account_id order by p.account_version)
), furthest as (
    select account_id, max(floor - left_over) as short from lines where is_forced and is_last group by account_id
)
select 'account ' || b.account_id as subject,
       format('excused %s, but forced journals took it %s below its floor', b.excused, greatest(0, coalesce(f.short, 0))) as detail
  from ledger.balance b left join furthest f using (account_id) where b.excused > greatest(0, coalesce(f.short, 0))
