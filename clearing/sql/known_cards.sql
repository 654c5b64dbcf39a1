-- The cards of a chunk and their accounts. offset 0 keeps the order of the look-up whatever the planner thinks of the tables' sizes.
select t.token, c.card_id, c.account_id, a.asset, a.status <> 'closed' as is_open
  from unnest($1::bytea[]) as t (token)
 cross join lateral (select * from ledger.card s where s.pan_token = t.token offset 0) as c
 cross join lateral (select * from ledger.account s where s.account_id = c.account_id offset 0) as a
