-- $1 numbers, $2 their accounts, $3 their keys, $4 the amount; $5 accounts and $6 by how much their holds change.
with journals as (
    insert into bench.journal select n, 'hold', now() from unnest($1::bigint[]) as n
), postings as (
    insert into bench.posting
    select p.n, l.line, case l.line when 1 then p.account else -1 end, case l.line when 1 then $4::bigint else -$4::bigint end
      from unnest($1::bigint[], $2::bigint[]) as p (n, account), (values (1), (2)) as l (line)
), holds as (
    insert into bench.hold select n, account, $4::bigint, now() + interval '7 days'
      from unnest($1::bigint[], $2::bigint[]) as p (n, account)
), outcomes as (
    insert into bench.outcome select key, n, '00', $4::bigint from unnest($1::bigint[], $3::bytea[]) as p (n, key)
)
update bench.balance b set holds = b.holds + u.change
  from unnest($5::bigint[], $6::bigint[]) as u (account, change) where b.account_id = u.account
