-- What the database enforces by itself: append-only facts (G7), balanced journals (G6), gapless account versions.

create function ledger.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'cardline: % on %.% is refused, facts are append-only', tg_op, tg_table_schema, tg_table_name
        using errcode = 'CL002';
end $$;

create function ledger.check_postings() returns trigger language plpgsql as $$
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
    select v.account_id into bad
      from (select account_id, min(account_version) as first, max(account_version) as last, count(*) as lines
              from added group by account_id) v
      join ledger.balance b using (account_id)
     where v.last - v.first + 1 <> v.lines
        or b.version <> v.last
        or (v.first > 1 and not exists (
               select from ledger.posting p where p.account_id = v.account_id and p.account_version = v.first - 1))
     limit 1;
    if found then
        raise exception 'cardline: postings of account % leave a gap in its versions', bad.account_id using errcode = 'CL003';
    end if;
    return null;
end $$;

-- Row triggers reach every partition by themselves; statement triggers do not, guard_partition adds those.
create function ledger.guard(fact regclass) returns void language plpgsql as $$
begin
    execute format('create trigger append_only before update or delete on %s for each row execute function ledger.refuse_change()', fact);
    execute format('create trigger no_truncate before truncate on %s for each statement execute function ledger.refuse_change()', fact);
end $$;

select ledger.guard(fact) from unnest(array[
    'ledger.journal', 'ledger.posting', 'ledger.authorization', 'ledger.authorization_event', 'ledger.outcome', 'ledger.early_reversal',
    'ledger.message', 'ledger.batch', 'ledger.dead_letter', 'ledger.audit']::regclass[]) as fact;

create trigger balanced after insert on ledger.posting referencing new table as added
    for each statement execute function ledger.check_postings();

-- Partitions are made as stand-alone tables and attached: PARTITION OF would block the payment path's inserts.
create function ledger.make_partition(parent text, month date) returns void language plpgsql as $$
declare
    name text := format('%s_%s', parent, to_char(month, 'YYYY_MM'));
    until date := (month + interval '1 month')::date;
    key text := case parent when 'message' then 'at' when 'outcome' then 'key_date' else 'booking_date' end;
    -- A timestamptz bound is written with its zone, so that every session's TimeZone gives the same partition.
    zone text := case parent when 'message' then ' 00:00:00+00' else '' end;
begin
    if to_regclass('ledger.' || name) is not null then
        return;
    end if;
    execute format('create table ledger.%I (like ledger.%I including defaults including constraints)', name, parent);
    execute format('alter table ledger.%I add check (%I >= %L and %I < %L)', name, key, month || zone, key, until || zone);
    execute format('create trigger no_truncate before truncate on ledger.%I for each statement execute function ledger.refuse_change()', name);
    if parent = 'posting' then
        execute format('create trigger balanced after insert on ledger.%I referencing new table as added
                        for each statement execute function ledger.check_postings()', name);
    end if;
    execute format('alter table ledger.%I attach partition ledger.%I for values from (%L) to (%L)', parent, name, month || zone, until || zone);
end $$;

-- DE 7 has no year: its date resolves to at most half a year from now, so keys need partitions that far both ways.
create function ledger.make_partitions(today date) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    month date := date_trunc('month', today::timestamp)::date;
begin
    perform pg_advisory_xact_lock(hashtext('cardline.partitions'));
    perform ledger.make_partition(parent, (month + make_interval(months => ahead))::date)
       from unnest(array['journal', 'posting', 'authorization', 'authorization_event', 'message']) as parent,
            generate_series(0, 2) as ahead;
    perform ledger.make_partition('outcome', (month + make_interval(months => ahead))::date) from generate_series(-7, 8) as ahead;
end $$;

select ledger.make_partitions((now() at time zone 'UTC')::date);

-- System accounts are striped by stream, so that no row is hot across writers. Ids are computable: asset, role, stripe.
create function ledger.open_asset(new_asset text, number smallint, numeric_code text, exponent smallint, asset_kind text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into ledger.asset values (new_asset, number, numeric_code, exponent, asset_kind);
    insert into ledger.account (account_id, code, name, kind, normal_side, asset, stripe)
    select number * 1000000 + r.role * 1000 + s, format('%s.%s.%s', r.kind, new_asset, s), format('%s %s', r.name, new_asset), r.kind,
           r.side, new_asset, s
      from (values (1, 'holds_contra', 'Holds contra', 'debit'),
                   (2, 'network_settlement', 'Network settlement', 'credit'),
                   (3, 'bank', 'Bank', 'debit'),
                   (4, 'opening_equity', 'Opening equity', 'credit')) as r (role, kind, name, side),
           generate_series(0, 63) as s;
    insert into ledger.balance (account_id) select a.account_id from ledger.account a where a.asset = new_asset;
end $$;

select ledger.open_asset(code, number::smallint, numeric_code, exponent::smallint, 'fiat') from (values
    ('EUR', 1, '978', 2), ('USD', 2, '840', 2), ('GBP', 3, '826', 2), ('CHF', 4, '756', 2), ('JPY', 5, '392', 0),
    ('KWD', 6, '414', 3), ('SEK', 7, '752', 2), ('NOK', 8, '578', 2), ('DKK', 9, '208', 2), ('PLN', 10, '985', 2),
    ('CZK', 11, '203', 2), ('HUF', 12, '348', 2), ('CAD', 13, '124', 2), ('AUD', 14, '036', 2), ('BHD', 15, '048', 3),
    ('TND', 16, '788', 3), ('KRW', 17, '410', 0)) as a (code, number, numeric_code, exponent);

-- Whoever changes what a decision depends on makes every decision made before stale (G2), also by plain SQL.
create function ledger.bump_facts() returns trigger language plpgsql as $$
begin
    update ledger.balance set facts_version = facts_version + 1 where account_id in (old.account_id, new.account_id);
    return null;
end $$;
create trigger facts_changed after update of status, expiry, psn, pvv, account_id on ledger.card
    for each row execute function ledger.bump_facts();
create trigger facts_changed after update of status on ledger.account for each row execute function ledger.bump_facts();

-- Row types of the writer's arrays. A changed type would break a release that is still running: a new name per change.
create type ledger.journal_row_1 as (journal_id bigint, value_date date, kind text, reason text, event_at timestamptz, actor text,
    reverses bigint, idempotency_key bytea, content_hash bytea, authorization_id bigint);
create type ledger.posting_row_1 as (journal_id bigint, line smallint, account_id bigint, asset text, layer text, amount bigint, account_version bigint);
create type ledger.authorization_row_1 as (authorization_id bigint, chain_id bigint, card_id bigint, account_id bigint, mti text, stan text,
    rrn text, transmitted_at timestamptz, acquirer text, network_reference text, approval_code text, amount bigint, asset text,
    response_code text, verdict text, reason text, rule text, policy text, seen text, request text, message_id bigint,
    received_at timestamptz, expires_at timestamptz);
create type ledger.event_row_1 as (chain_id bigint, sequence integer, authorization_id bigint, kind text, amount bigint, asset text,
    at timestamptz, message_id bigint, journal_id bigint);
create type ledger.hold_row_1 as (chain_id bigint, account_id bigint, asset text, authorized bigint, incremented bigint, reversed bigint,
    captured bigint, refunded bigint, expired bigint, held bigint, last_event integer, expires_at timestamptz);
create type ledger.outcome_row_1 as (key bytea, key_date date, content bytea, mti text, account_id bigint, authorization_id bigint,
    chain_id bigint, trace_id text, rrn text, original_key bytea, original_trace text, replacement bigint, verdict text, reason text,
    response_code text, approval_code text, amount bigint, available bigint, message_id bigint);
create type ledger.early_row_1 as (reference text, account_id bigint, replacement bigint, key bytea);
create type ledger.balance_row_1 as (account_id bigint, posted bigint, holds bigint, excused bigint, version bigint);
create type ledger.exception_row_1 as (kind text, subject text, amount bigint, asset text);
