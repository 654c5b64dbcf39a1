-- Entries that name a settlement of this date, and those that name none and were booked on it.
select e.sha256, s.reference as statement, s.asset, e.number, e.reference, e.minor, e.booked_on, e.value_on, e.is_reversal, e.details, e.service,
       e.settles_on, e.cycle
  from clearing.bank_entry e join clearing.bank_statement s using (sha256, place)
 where e.settles_on = $1 or (e.settles_on is null and e.booked_on = $1)
 order by s.asset, s.reference, e.number
