-- What an account may be overdrawn by stands on record; who may close the books and who may read what; findings are found quickly.

-- Every floor of a customer that is not nought, appended under an audit line that hashes all floors recorded with it. The newest counts.
create table ledger.floor_change (
    account_id bigint not null,
    audit_id   bigint not null references ledger.audit,
    floor      bigint not null,
    primary key (account_id, audit_id)
);
create index floor_change_audit on ledger.floor_change (audit_id);
select ledger.guard('ledger.floor_change');

create function ledger.record_floors(accounts bigint[], floors bigint[], actor text, reason text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform ledger.record_audit(actor, 'floors_set', count(*) || ' accounts from ' || min(u.account_id), reason,
                                encode(sha256(convert_to(string_agg(u.account_id || ':' || u.floor, '|' order by u.account_id), 'UTF8')), 'hex'))
       from unnest(accounts, floors) as u (account_id, floor);
    insert into ledger.floor_change (account_id, audit_id, floor)
    select u.account_id, currval(pg_get_serial_sequence('ledger.audit', 'audit_id')), u.floor from unnest(accounts, floors) as u (account_id, floor);
end $$;

-- Whoever opens an account, by whatever statement, leaves the record; a floor is changed by set_floor alone.
create function ledger.record_opened_floors() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    accounts bigint[];
    floors bigint[];
begin
    select array_agg(account_id), array_agg(floor) into accounts, floors from added where floor <> 0;
    if accounts is not null then
        perform ledger.record_floors(accounts, floors, session_user::text, 'accounts opened');
    end if;
    return null;
end $$;
create trigger floors_on_record after insert on ledger.balance referencing new table as added
    for each statement execute function ledger.record_opened_floors();

create function ledger.set_floor(account bigint, new_floor bigint, actor text, reason text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update ledger.balance b set floor = new_floor, facts_version = b.facts_version + 1
      from ledger.account a where b.account_id = account and a.account_id = account and a.kind = 'customer';
    if not found then
        raise exception 'cardline: there is no customer account %', account;
    end if;
    perform ledger.record_floors(array[account], array[new_floor], actor, reason);
end $$;
revoke execute on function ledger.record_floors(bigint[], bigint[], text, text), ledger.set_floor(bigint, bigint, text, text) from public;
grant execute on function ledger.set_floor(bigint, bigint, text, text) to cardline_writer;

select ledger.record_floors(array_agg(account_id), array_agg(floor), session_user::text, 'floors before there was a record')
  from ledger.balance where floor <> 0 having count(*) > 0;

-- The floor that an account must have: what the chart says of its product, and the record where that is a limit.
create view ledger.account_floor as
select a.account_id, case when a.kind <> 'customer' then null
                          when coalesce(c.floor, case a.product when 'credit' then 'limit' else 'zero' end) = 'limit' then coalesce(f.floor, 0)
                          else 0 end as floor
  from ledger.account a left join ledger.chart c on c.role = 'customer_' || a.product
  left join (select distinct on (account_id) account_id, floor from ledger.floor_change order by account_id, audit_id desc) as f
       on f.account_id = a.account_id;

grant select on ledger.floor_change, ledger.account_floor to cardline_writer, cardline_reader, cardline_verifier;

-- The verifier asks for it with every finding.
create index exception_open_finding on ledger.exception (subject) where kind = 'books_do_not_hold' and status = 'open';
