-- By which a clearing account moved in the ninety days up to this one, by value date, the latest first; debit positive.
select a.kind as role, a.asset, j.value_date as on, sum(p.amount)::bigint as amount
  from ledger.account a join ledger.posting p on p.account_id = a.account_id and p.layer = 'posted' and p.booking_date > $1::date - 122
  join ledger.journal j using (journal_id, booking_date)
 where a.account_id < 1000000000 and a.kind in ('network_settlement', 'suspense', 'disputes_receivable', 'disputes_payable')
   and j.value_date > $1::date - 90 and j.value_date <= $1
 group by a.kind, a.asset, j.value_date order by a.kind, a.asset, j.value_date desc
