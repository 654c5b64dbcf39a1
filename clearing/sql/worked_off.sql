-- Of these findings those whose items are all resolved.
select u.kind, u.subject from unnest($1::text[], $2::text[]) as u (kind, subject)
 where exists (select from ledger.exception x where x.subject = u.subject and x.kind = u.kind)
   and not exists (select from ledger.exception x where x.subject = u.subject and x.kind = u.kind and x.status = 'open')
