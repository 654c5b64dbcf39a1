-- Once for as long as it is open.
insert into ledger.exception (kind, opened_at, subject)
select 'books_do_not_hold', now(), $1::text
 where not exists (select from ledger.exception where kind = 'books_do_not_hold' and subject = $1::text and status = 'open')
returning 1
