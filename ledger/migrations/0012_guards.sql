-- What the database did not yet refuse by itself: postings on a closed day, of an account that is not there or in another
-- asset than its own, and held sums below nothing.

-- Of customers only, who all have a floor: a hold made by one writer may be given back by another, so a single stripe of the
-- holds contra may well be below nothing; the sum of its stripes is what holds.
alter table ledger.balance add constraint balance_holds check (floor is null or holds >= 0);

-- An item for people is raised once per key; its writer looks whether it is there. Few rows, none on an ordinary payment.
create index exception_subject on ledger.exception (subject);

-- As before, and each posting is of an account that is there, in that account's asset.
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
      left join ledger.balance b on b.account_id = v.account_id
      left join ledger.account a on a.account_id = v.account_id
     where v.last - v.first + 1 <> v.lines
        or b.version is distinct from v.last
        or v.assets > 1
        or a.asset is distinct from v.asset
        or (v.first > 1 and not exists (
               select from ledger.posting p where p.account_id = v.account_id and p.account_version = v.first - 1))
     limit 1;
    if found and bad.is_misplaced then
        raise exception 'cardline: there is no account % in %', bad.account_id, bad.asset using errcode = 'CL006';
    end if;
    if found then
        raise exception 'cardline: postings of account % leave a gap in its versions', bad.account_id using errcode = 'CL003';
    end if;
    return null;
end $$;

-- Nothing is posted on a closed day, with or without a journal.
create trigger in_open_period after insert on ledger.posting referencing new table as added
    for each statement execute function ledger.check_booking_date();

do $$
declare
    partition regclass;
begin
    for partition in select inhrelid::regclass from pg_inherits where inhparent = 'ledger.posting'::regclass loop
        execute format('create trigger in_open_period after insert on %s referencing new table as added
                        for each statement execute function ledger.check_booking_date()', partition);
    end loop;
end $$;

-- As before, and a partition of posting has that check too.
create or replace function ledger.make_partition(parent text, month date) returns void language plpgsql as $$
declare
    name text := format('%s_%s', parent, to_char(month, 'YYYY_MM'));
    until date := (month + interval '1 month')::date;
    key text := case parent when 'message' then 'at' when 'outcome' then 'key_date' else 'booking_date' end;
    zone text := case parent when 'message' then ' 00:00:00+00' else '' end;
    fact regclass := to_regclass('ledger.' || name);
begin
    if exists (select from pg_inherits where inhrelid = fact) then
        return;
    end if;
    if fact is null then
        execute format('create table ledger.%I (like ledger.%I including defaults including constraints)', name, parent);
        execute format('alter table ledger.%I add check (%I >= %L and %I < %L)', name, key, month || zone, key, until || zone);
        execute format('create trigger no_truncate before truncate on ledger.%I for each statement execute function ledger.refuse_change()', name);
        if parent = 'posting' then
            execute format('create trigger balanced after insert on ledger.%I referencing new table as added
                            for each statement execute function ledger.check_postings()', name);
        end if;
        if parent in ('journal', 'posting') then
            execute format('create trigger in_open_period after insert on ledger.%I referencing new table as added
                            for each statement execute function ledger.check_booking_date()', name);
        end if;
    end if;
    execute format('alter table ledger.%I attach partition ledger.%I for values from (%L) to (%L)', parent, name, month || zone, until || zone);
end $$;

-- A key is a digest: what is shorter or longer was made by a mistake, and would be found by nobody else.
alter table ledger.outcome add constraint outcome_key check (octet_length(key) = 16);
