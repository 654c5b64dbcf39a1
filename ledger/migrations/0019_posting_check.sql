-- The check of a batch's postings looks up each account by its keys, whatever the planner believes of the tables' sizes: it had
-- taken "where did the account's postings end" for a list to be made of all postings once per batch, which grew with the books.

-- As before; only how it is looked up is new (lateral, offset 0).
create or replace function ledger.check_postings() returns trigger language plpgsql as $$
declare
    bad record;
begin
    select journal_id, asset, layer, sum(amount) as off into bad
      from added group by journal_id, asset, layer having sum(amount) <> 0 limit 1;
    if found then
        raise exception 'cardline: journal % is off by % % in layer %', bad.journal_id, bad.off, bad.asset, bad.layer
            using errcode = 'CL001';
    end if;
    -- Contiguous inside the statement, ending at the balance's version, beginning where the account's postings ended.
    select v.account_id, v.asset, b.version is null or v.assets > 1 or a.asset is distinct from v.asset as is_misplaced into bad
      from (select account_id, min(account_version) as first, max(account_version) as last, count(*) as lines,
                   min(asset) as asset, case when min(asset) = max(asset) then 1 else 2 end as assets
              from added group by account_id) v
      left join lateral (select s.version from ledger.balance s where s.account_id = v.account_id offset 0) b on true
      left join lateral (select s.asset from ledger.account s where s.account_id = v.account_id offset 0) a on true
      left join lateral (select true as is_there from ledger.posting s
                          where s.account_id = v.account_id and s.account_version = v.first - 1 limit 1) p on v.first > 1
     where v.last - v.first + 1 <> v.lines
        or b.version is distinct from v.last
        or v.assets > 1
        or a.asset is distinct from v.asset
        or (v.first > 1 and p.is_there is null)
     limit 1;
    if found and bad.is_misplaced then
        raise exception 'cardline: there is no account % in %', bad.account_id, bad.asset using errcode = 'CL006';
    end if;
    if found then
        raise exception 'cardline: postings of account % leave a gap in its versions', bad.account_id using errcode = 'CL003';
    end if;
    return null;
end $$;
