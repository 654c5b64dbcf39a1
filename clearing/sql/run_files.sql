-- The files that a date is reconciled from.
select 'clearing_file' as kind, f.file_id as name, f.sha256 from clearing.file f
 where f.file_id in (select r.file_id from clearing.record r where r.business_date = $1
                      union select r.file_id from clearing.record r where r.reconciliation_date = $1 and r.reconciliation_date > r.business_date)
union all
select 'position_file', f.file_id, f.sha256 from clearing.file f
 where exists (select from clearing.position p where p.file_id = f.file_id and p.business_date = $1)
union all
select distinct 'bank_statement', s.reference || ' ' || s.asset, s.sha256 from clearing.bank_statement s
 where s.closed_on = $1 or exists (select from clearing.bank_entry e where (e.sha256, e.place) = (s.sha256, s.place) and e.settles_on = $1)
 order by 1, 2
