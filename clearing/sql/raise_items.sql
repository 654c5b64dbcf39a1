-- An item for people per record and kind, once, however often posting begins again.
insert into ledger.exception (kind, opened_at, subject, amount, asset)
select u.kind, clock_timestamp(), u.subject, u.amount, u.asset from unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) as u (kind, subject, amount, asset)
 where not exists (select from ledger.exception x where x.subject = u.subject and x.kind = u.kind)
