-- Entries whose money is not in our books yet, oldest first. Entries of nothing book nothing.
select e.sha256, e.place, s.reference, e.number, e.minor, e.value_on, e.service, s.asset, f.received_at
  from clearing.bank_entry e join clearing.bank_statement s using (sha256, place) join clearing.statement_file f using (sha256)
 where e.minor <> 0 and not exists (select from clearing.bank_booking b where (b.sha256, b.place, b.number) = (e.sha256, e.place, e.number))
 order by f.received_at, e.sha256, e.place, e.number
