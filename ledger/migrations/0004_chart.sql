-- The chart of accounts as data, stripes made when a stream is first leased, stablecoins, products of customers.

create table ledger.chart (
    role        text primary key,
    number      smallint not null unique check (number between 1 and 999),
    name        text not null,
    type        text not null check (type in ('asset', 'liability', 'income', 'expense', 'equity')),
    normal_side text not null check (normal_side in ('debit', 'credit')),
    holder      text not null check (holder in ('system', 'customer', 'group')),
    parent      text references ledger.chart,
    floor       text not null default 'none' check (floor in ('none', 'zero', 'limit'))
);

-- The roles that accounts already have; the file of the chart adds the rest and the groups.
insert into ledger.chart (role, number, name, type, normal_side, holder, floor) values
    ('holds_contra', 1, 'Holds contra', 'asset', 'debit', 'system', 'none'),
    ('network_settlement', 2, 'Network settlement', 'liability', 'credit', 'system', 'none'),
    ('bank', 3, 'Bank', 'asset', 'debit', 'system', 'none'),
    ('opening_equity', 4, 'Opening equity', 'equity', 'credit', 'system', 'none'),
    ('customer_debit', 101, 'Debit account', 'liability', 'credit', 'customer', 'zero');

-- What an account is booked under stays: its number is in ids, its side in every balance.
create function ledger.keep_role() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or (old.role, old.number, old.normal_side, old.holder) is distinct from (new.role, new.number, new.normal_side, new.holder) then
        raise exception 'cardline: role % keeps its number, side and holder', old.role using errcode = 'CL005';
    end if;
    return new;
end $$;
create trigger kept before update or delete on ledger.chart for each row execute function ledger.keep_role();
create trigger no_truncate before truncate on ledger.chart for each statement execute function ledger.refuse_change();

-- The default serves the release before, which knows no products; customer accounts only.
alter table ledger.account add column product text default 'debit' check (product in ('debit', 'prepaid', 'credit'));
update ledger.account set product = null where kind <> 'customer';
alter table ledger.account add constraint account_product check ((kind = 'customer') = (product is not null));

-- One stripe of every system role in every asset for this stream. Called whenever a stream is leased; makes only what is missing.
create function ledger.open_stripes(stream smallint) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    with made as (
        insert into ledger.account (account_id, code, name, kind, normal_side, asset, stripe, product)
        select a.number * 1000000 + c.number * 1000 + stream, format('%s.%s.%s', c.role, a.asset, stream), format('%s %s', c.name, a.asset),
               c.role, c.normal_side, a.asset, stream, null
          from ledger.chart c cross join ledger.asset a
         where c.holder = 'system'
           and not exists (select from ledger.account o where o.account_id = a.number * 1000000 + c.number * 1000 + stream)
        on conflict (account_id) do nothing
        returning account_id
    )
    insert into ledger.balance (account_id) select account_id from made;
end $$;

-- Its stripes come with the next lease of each stream: a running writer knows a new asset after it has begun anew.
create or replace function ledger.open_asset(new_asset text, number smallint, numeric_code text, exponent smallint, asset_kind text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into ledger.asset values (new_asset, number, numeric_code, exponent, asset_kind);
end $$;

select ledger.open_asset(code, number::smallint, null, 6::smallint, 'stablecoin') from (values ('USDC', 18), ('EURC', 19)) as a (code, number);

create or replace view report.account_balance as
select a.account_id, a.code, a.name, a.kind, a.asset, b.posted, b.holds, b.posted - b.holds - b.floor as available, b.floor,
       b.excused, b.version, b.facts_version, a.status, a.product
  from ledger.account a join ledger.balance b using (account_id);

-- Each role and group in each asset where it has an account. `net` is debit positive, so the roots of an asset sum to zero;
-- `balance` is the same on the role's own side; `pending` the net of the pending layer, debit positive.
create view report.chart_balance as
with recursive above (role, ancestor) as (
    select role, role from ledger.chart
    union all
    select a.role, c.parent from above a join ledger.chart c on c.role = a.ancestor where c.parent is not null
), leaf as (
    select case when a.kind = 'customer' then 'customer_' || a.product else a.kind end as role, a.asset,
           sum(case a.normal_side when 'debit' then b.posted else -b.posted end) as net,
           sum(case a.normal_side when 'debit' then -b.holds else b.holds end) as pending
      from ledger.account a join ledger.balance b using (account_id) group by 1, 2
)
select c.role, c.number, c.name, c.type, c.normal_side, c.holder, c.parent, l.asset, sum(l.net) as net,
       case c.normal_side when 'debit' then sum(l.net) else -sum(l.net) end as balance, sum(l.pending) as pending
  from leaf l join above u on u.role = l.role join ledger.chart c on c.role = u.ancestor
 group by c.role, l.asset order by l.asset, c.number;

create view report.chart as select role, number, name, type, normal_side, holder, parent, floor from ledger.chart;

grant select on ledger.chart, report.chart, report.chart_balance to cardline_writer, cardline_reader;
revoke execute on function ledger.open_stripes(smallint) from public;
grant execute on function ledger.open_stripes(smallint) to cardline_writer;
