-- The shadow's figures over the live derived tables. Facts stay as they are. Caches notice by facts_version.
with differing as (
    select r.* from pg_temp.shadow_balance r join ledger.balance l using (account_id)
     where (l.posted, l.holds, l.excused, l.version) is distinct from (r.posted, r.holds, r.excused, r.version)
)
update ledger.balance l set posted = d.posted, holds = d.holds, version = d.version, facts_version = l.facts_version + 1,
       excused = d.excused
  from differing d where l.account_id = d.account_id;
delete from ledger.hold l where not exists (select from pg_temp.shadow_hold r where r.chain_id = l.chain_id and r is not distinct from l);
insert into ledger.hold select * from pg_temp.shadow_hold on conflict (chain_id) do nothing;
alter table ledger.early_reversal disable trigger append_only;
delete from ledger.early_reversal l
 where not exists (select from pg_temp.shadow_early_reversal r where r.reference = l.reference and r.key = l.key and r is not distinct from l);
insert into ledger.early_reversal select * from pg_temp.shadow_early_reversal on conflict (reference, key) do nothing;
alter table ledger.early_reversal enable trigger append_only;
