-- $1 what was found, $2 its beginning: proof and subject. Once for as long as it is open; of one subject whose detail changes
-- with every payment no more than five.
insert into ledger.exception (kind, opened_at, subject)
select 'books_do_not_hold', now(), $1::text
 where not exists (select from ledger.exception where kind = 'books_do_not_hold' and subject = $1::text and status = 'open')
   and (select count(*) from ledger.exception where kind = 'books_do_not_hold' and starts_with(subject, $2::text) and status = 'open') < 5
returning 1
