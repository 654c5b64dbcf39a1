-- Which of these keys, by their place, the books have something under already.
select n.place
  from unnest($1::bytea[], $2::date[]) with ordinality as n (key, key_date, place)
 where exists (select from ledger.outcome o where o.key = n.key and o.key_date = n.key_date)
