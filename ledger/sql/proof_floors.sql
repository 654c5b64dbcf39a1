-- A floor is what the chart and the record say, and each record is covered by its audit line, which the audit's chain covers.
select 'account ' || coalesce(b.account_id, f.account_id) as subject, format('floor %s, on record is %s', b.floor, f.floor) as detail
  from ledger.balance b full join ledger.account_floor f using (account_id) where b.floor is distinct from f.floor
union all
select 'audit line ' || coalesce(a.audit_id, c.audit_id), 'is not that of the floors recorded under it'
  from (select audit_id, detail from ledger.audit where action = 'floors_set') as a
  full join (select audit_id, encode(sha256(convert_to(string_agg(account_id || ':' || floor, '|' order by account_id), 'UTF8')), 'hex') as detail
               from ledger.floor_change group by audit_id) as c using (audit_id)
 where a.detail is distinct from c.detail
