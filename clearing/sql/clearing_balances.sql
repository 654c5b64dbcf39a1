-- What the clearing accounts hold of everything with a value date up to this one: what they hold now less what comes after, which is
-- booked after this date, or on it or before and valued ahead (a month at most). System accounts have the ids below 10^9: of all
-- accounts only these few are read.
select a.kind as role, a.asset,
       (sum(case a.normal_side when 'debit' then b.posted else -b.posted end) - coalesce(sum(l.amount), 0) - coalesce(sum(e.amount), 0))::bigint as balance
  from ledger.account a join ledger.balance b using (account_id)
  left join lateral (select sum(p.amount)::bigint as amount from ledger.posting p join ledger.journal j using (journal_id, booking_date)
                      where p.account_id = a.account_id and p.layer = 'posted' and p.booking_date > $1 and j.value_date > $1) as l on true
  left join (select p.account_id, sum(p.amount)::bigint as amount from ledger.journal j join ledger.posting p using (journal_id, booking_date)
              where j.value_date > j.booking_date and j.value_date > $1 and j.booking_date > $1::date - 32 and j.booking_date <= $1
                and p.layer = 'posted' group by p.account_id) as e on e.account_id = a.account_id
 where a.account_id < 1000000000 and b.account_id < 1000000000
   and a.kind in ('network_settlement', 'suspense', 'disputes_receivable', 'disputes_payable') and b.version > 0
 group by a.kind, a.asset order by a.kind, a.asset
