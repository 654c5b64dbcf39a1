-- Where the live derived tables are not what the facts come to.
select 'balance' as relation, 'account ' || coalesce(l.account_id, r.account_id) as subject,
       format('posted %s, holds %s, excused %s, version %s%s', l.posted, l.holds, l.excused, l.version, case when l.is_related then ', related' end) as live,
       format('posted %s, holds %s, excused %s, version %s%s', r.posted, r.holds, r.excused, r.version, case when r.is_related then ', related' end) as replayed
  from ledger.balance l full join pg_temp.shadow_balance r using (account_id)
 where (l.posted, l.holds, l.excused, l.version) is distinct from (r.posted, r.holds, r.excused, r.version)
    or r.is_related and not l.is_related
union all
select 'hold', 'chain ' || coalesce(l.chain_id, r.chain_id), l::text, r::text
  from ledger.hold l full join pg_temp.shadow_hold r using (chain_id) where l is distinct from r
union all
select 'early_reversal', coalesce(l.reference, r.reference), l::text, r::text
  from ledger.early_reversal l full join pg_temp.shadow_early_reversal r on r.reference = l.reference and r.key = l.key where l is distinct from r
