-- Findings of the verifier that nobody has closed.
select count(*)::int from ledger.exception where kind = 'books_do_not_hold' and status = 'open'
