-- The newest seal in force that ends before or with $1: postings up to its end cannot have changed since.
select s.text, s.ends
  from ledger.period p join ledger.period_seal s using (kind, starts)
 where p.status = 'closed' and p.ends <= $1
 order by p.ends desc, s.seal desc limit 1
