-- Statements of this account and day with these balances, each with its entries: the same under another id would book them twice.
select s.reference, (select json_agg(json_build_array(e.minor, e.reference, e.booked_on) order by e.number)
                       from clearing.bank_entry e where e.sha256 = s.sha256 and e.place = s.place)::text as entries
  from clearing.bank_statement s
 where s.account = $1 and s.asset = $2 and s.closed_on = $3 and s.opening = $4 and s.closing = $5
   and exists (select from clearing.bank_entry e where e.sha256 = s.sha256 and e.place = s.place)
 order by s.reference
