-- What the network pays on this date of earlier ones, where no entry of a bank names it and nobody has worked that off.
select p.file_id, p.number, p.service, p.asset, p.business_date, p.cycle, p.function, p.processing, p.is_reversal, p.debits, p.credits,
       p.debit_count, p.credit_count, p.fee, p.net, p.pays_on
  from clearing.position p
 cross join lateral (select format('settlement %s %s of %s%s', p.service, p.asset, p.business_date, ' cycle ' || nullif(p.cycle, 0)) as subject) as n
 where p.pays_on = $1 and p.pays_on > p.business_date and p.function = '' and p.fault is null
   and not exists (select from clearing.bank_entry e join clearing.bank_statement s using (sha256, place)
                    where e.settles_on = p.business_date and e.service = p.service and e.cycle = p.cycle and s.asset = p.asset)
   and (not exists (select from ledger.exception x where x.kind = 'bank_entry_missing' and x.subject = n.subject and x.status = 'resolved')
        or exists (select from ledger.exception x where x.kind = 'bank_entry_missing' and x.subject = n.subject and x.status = 'open'))
 order by p.file_id, p.number
