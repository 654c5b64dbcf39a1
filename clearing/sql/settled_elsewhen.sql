-- By how much the settlement accounts hold something else up to a date when what a bank paid counts for the business date that it settles,
-- and not for its value date; the two lie within four months. An entry under a wrong date that was matched by hand settles the date of what
-- it was matched with.
with matched as (
    select x.subject, substring(o.subject from ' of ([0-9]{4}-[0-9]{2}-[0-9]{2})')::date as settles_on
      from ledger.exception x join clearing.exception_act a on a.exception_id = x.exception_id and a.act = 'matched'
      join ledger.exception o on o.exception_id = a.counterpart and o.kind = 'bank_entry_missing'
     where x.kind = 'bank_entry_unexpected' and x.status = 'resolved'),
entry as (
    select s.asset, e.minor, least(e.value_on, (f.received_at at time zone 'UTC')::date) as value_date, coalesce(m.settles_on, e.settles_on) as settles_on
      from clearing.bank_entry e join clearing.bank_statement s using (sha256, place) join clearing.statement_file f using (sha256)
      left join matched m on m.subject = format('settlement %s %s of %s%s', e.service, s.asset, e.settles_on, ' cycle ' || nullif(e.cycle, 0))
     where e.settles_on between $1::date - 122 and $1::date + 122)
select asset, coalesce(sum(-minor) filter (where settles_on <= $1), 0)::bigint - coalesce(sum(-minor) filter (where value_date <= $1), 0)::bigint as more
  from entry where (settles_on <= $1) <> (value_date <= $1) group by asset order by asset
