-- Of these findings those whose items are there with all that is known of them, open or worked off; one that was about another sum, or that
-- had settled itself, is another item, but for those about a record, which are never two.
select u.kind, u.subject from unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[]) as u (kind, subject, amount, is_of_record)
 where exists (select from ledger.exception x join clearing.exception_case c using (exception_id)
                where x.subject = u.subject and x.kind = u.kind and (x.status = 'open' or u.is_of_record
                       or (x.amount is not distinct from u.amount
                           and (x.resolution_journal_id is not null
                                or exists (select from clearing.exception_act a
                                            where a.exception_id = x.exception_id and a.act in ('matched', 'written_off')))))
                  and x.owner is not null and (x.due_on is not null or c.deadline is null))
