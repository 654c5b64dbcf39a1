-- Open items that are settled when these presentments are taken back: about each, since its money is where it was before it; and about what
-- both it and its reversal are settled otherwise by, since the two differences lie in suspense against each other.
with named as (
    select n.file_id, n.position, format('clearing %s/%s', n.file_id, n.position) as subject
      from unnest($1::text[], $2::integer[]) as n (file_id, position)
), differences as (
    select p.exception_id as of_presentment, r.exception_id as of_reversal
      from named n
      join clearing.match m on m.refers_file = n.file_id and m.refers_position = n.position
      join clearing.record o on o.file_id = m.file_id and o.position = m.position and o.is_reversal
      join ledger.exception p on p.subject = n.subject
      join ledger.exception r on r.subject = format('clearing %s/%s', m.file_id, m.position) and r.amount = p.amount and r.asset = p.asset
     where p.kind = 'settled_otherwise' and r.kind = 'settled_otherwise' and p.status = 'open' and r.status = 'open'
)
select x.exception_id, x.opened_at from named join ledger.exception x using (subject)
 where x.status = 'open'
   and x.kind in ('unknown_card', 'closed_account', 'wrong_currency', 'doubled_presentment', 'unauthorized_presentment', 'after_reversal',
                  'after_expiry', 'over_cleared')
union
select x.exception_id, x.opened_at from differences d join ledger.exception x on x.exception_id in (d.of_presentment, d.of_reversal)
 order by exception_id
