-- By key: an authorization may be booked long before the line that names it, so no date says where it lies.
select u.authorization_id, a.rrn
  from unnest($1::bigint[]) as u (authorization_id)
 cross join lateral (select s.rrn from ledger.authorization s where s.authorization_id = u.authorization_id and s.rrn is not null offset 0) as a
