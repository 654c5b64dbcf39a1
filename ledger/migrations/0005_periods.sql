-- Business days and months: up to which day the books are closed, and under which seals. Partitions come back by themselves.

-- The day that all of a batch's journals are booked on. Null in batches written before there were periods.
alter table ledger.batch add column booking_date date;

-- Rows only for what is not simply open. Balances are cumulative, so the books are closed up to a line: the latest end of
-- a period that is closing or closed. Nothing is booked on or before it.
create table ledger.period (
    kind   text not null check (kind in ('day', 'month')),
    starts date not null,
    ends   date not null,
    status text not null check (status in ('open', 'closing', 'closed')),
    primary key (kind, starts),
    check (case kind when 'day' then ends = starts
                     else extract(day from starts) = 1 and ends = (starts + interval '1 month' - interval '1 day')::date end)
);
create index period_ends on ledger.period (ends);

-- What the books said when a period was closed, hashed over the seal before. A later close of the same period supersedes.
create table ledger.period_seal (
    seal       bigint primary key,
    kind       text not null,
    starts     date not null,
    ends       date not null,
    supersedes bigint references ledger.period_seal,
    closed_by  text not null,
    at         timestamptz not null,
    reason     text not null,
    text       text not null,
    hash       bytea not null,
    foreign key (kind, starts) references ledger.period
);
create index period_seal_period on ledger.period_seal (kind, starts, seal);
select ledger.guard('ledger.period_seal');

create function ledger.check_period() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or (old.kind, old.starts, old.ends) is distinct from (new.kind, new.starts, new.ends)
       or (old.status, new.status) not in (('open', 'closing'), ('closing', 'closed'), ('closed', 'open')) then
        raise exception 'cardline: a period goes from open to closing to closed and back to open, nothing else' using errcode = 'CL005';
    end if;
    return new;
end $$;
create trigger one_way before update or delete on ledger.period for each row execute function ledger.check_period();
create trigger no_truncate before truncate on ledger.period for each statement execute function ledger.refuse_change();

create function ledger.booking_date(today date) returns date language sql stable as $$
    select greatest(today, (select max(ends) + 1 from ledger.period where status <> 'open'))
$$;

-- One query, because it runs with every batch; the end of the index is where it looks.
create function ledger.check_booking_date() returns trigger language plpgsql as $$
begin
    if exists (select from ledger.period p where p.ends >= (select min(a.booking_date) from added a) and p.status <> 'open') then
        raise exception 'cardline: the books are closed up to a day on or after %', (select min(a.booking_date) from added a)
            using errcode = 'CL004';
    end if;
    return null;
end $$;
create trigger in_open_period after insert on ledger.journal referencing new table as added
    for each statement execute function ledger.check_booking_date();

do $$
declare
    partition regclass;
begin
    for partition in select inhrelid::regclass from pg_inherits where inhparent = 'ledger.journal'::regclass loop
        execute format('create trigger in_open_period after insert on %s referencing new table as added
                        for each statement execute function ledger.check_booking_date()', partition);
    end loop;
end $$;

-- As before, and what was detached is attached again; a partition of journal has the check of its parent.
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
        elsif parent = 'journal' then
            execute format('create trigger in_open_period after insert on ledger.%I referencing new table as added
                            for each statement execute function ledger.check_booking_date()', name);
        end if;
    end if;
    execute format('alter table ledger.%I attach partition ledger.%I for values from (%L) to (%L)', parent, name, month || zone, until || zone);
end $$;

create view report.period as
select p.kind, p.starts, p.ends, p.status, s.seal, s.supersedes, s.closed_by, s.at as closed_at, s.reason, s.hash
  from ledger.period p
  left join lateral (select * from ledger.period_seal l where l.kind = p.kind and l.starts = p.starts order by l.seal desc limit 1) as s on true;

grant select on ledger.period, ledger.period_seal, report.period to cardline_writer, cardline_reader;
grant insert on ledger.period, ledger.period_seal to cardline_writer;
grant update (status) on ledger.period to cardline_writer;
