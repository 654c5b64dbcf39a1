-- The shadow's figures over the live derived tables. Facts stay as they are. Caches notice by facts_version: that of a balance that
-- was lost is nobody's any more, so it goes on far from where it can have been. A mark as related stays; whether it has controls is looked up.
with differing as (
    select r.* from pg_temp.shadow_balance r join ledger.balance l using (account_id)
     where (l.posted, l.holds, l.excused, l.version) is distinct from (r.posted, r.holds, r.excused, r.version) or r.is_related and not l.is_related
)
update ledger.balance l set posted = d.posted, holds = d.holds, version = d.version, facts_version = l.facts_version + 1,
       excused = d.excused, is_related = l.is_related or d.is_related
  from differing d where l.account_id = d.account_id;
alter table ledger.balance disable trigger floors_on_record;
insert into ledger.balance (account_id, posted, holds, floor, excused, version, facts_version, is_related, is_controlled)
select r.account_id, r.posted, r.holds, f.floor, r.excused, r.version, (extract(epoch from now()) * 1000)::bigint, r.is_related, true
  from pg_temp.shadow_balance r join ledger.account_floor f using (account_id)
 where not exists (select from ledger.balance l where l.account_id = r.account_id);
alter table ledger.balance enable trigger floors_on_record;
delete from ledger.hold l where not exists (select from pg_temp.shadow_hold r where r.chain_id = l.chain_id and r is not distinct from l);
insert into ledger.hold select * from pg_temp.shadow_hold on conflict (chain_id) do nothing;
alter table ledger.early_reversal disable trigger append_only;
delete from ledger.early_reversal l
 where not exists (select from pg_temp.shadow_early_reversal r where r.reference = l.reference and r.key = l.key and r is not distinct from l);
insert into ledger.early_reversal select * from pg_temp.shadow_early_reversal on conflict (reference, key) do nothing;
alter table ledger.early_reversal enable trigger append_only;
