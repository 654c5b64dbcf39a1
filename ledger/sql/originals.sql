-- Journals that are to be taken back, line by line. System accounts by role: their mirror goes to the writer's own stripe.
select j.journal_id, j.booking_date, j.kind, j.authorization_id, case when a.kind <> 'customer' then a.kind end as role,
       p.account_id, p.asset, p.layer, p.amount
  from unnest($1::bigint[]) as n (journal_id)
 cross join lateral (select * from ledger.journal s where s.journal_id = n.journal_id offset 0) as j
 cross join lateral (select * from ledger.posting s where s.journal_id = j.journal_id and s.booking_date = j.booking_date offset 0) as p
 cross join lateral (select * from ledger.account s where s.account_id = p.account_id offset 0) as a
 order by j.journal_id, p.line
