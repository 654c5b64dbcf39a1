-- Of these findings about records those whose items are there with all that is known of them, open or worked off.
select u.kind, u.subject from unnest($1::text[], $2::text[]) as u (kind, subject)
 where exists (select from ledger.exception x join clearing.exception_case c using (exception_id)
                where x.subject = u.subject and x.kind = u.kind and x.owner is not null and (x.due_on is not null or c.deadline is null))
