-- An account is excused no further than a posting has taken it that may have been forced: the network's own, or a keyed command's.
-- posted - holds is the signed sum of both layers, in the account's own sense.
with lines as (
    select b.account_id, b.excused, b.floor, j.reason in ('advised', 'forced') or j.idempotency_key is not null as may_be_forced,
           sum(case a.normal_side when 'debit' then p.amount else -p.amount end)
               over (partition by p.account_id order by p.account_version) as left_over
      from ledger.balance b join ledger.account a using (account_id) join ledger.posting p using (account_id)
      join ledger.journal j using (journal_id, booking_date) where b.excused > 0
), furthest as (
    select account_id, max(floor - left_over) as short from lines where may_be_forced group by account_id
)
select 'account ' || b.account_id as subject,
       format('excused %s, but forced journals took it %s below its floor', b.excused, greatest(0, coalesce(f.short, 0))) as detail
  from ledger.balance b left join furthest f using (account_id) where b.excused > greatest(0, coalesce(f.short, 0))
