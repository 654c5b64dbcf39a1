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

-- The books are closed by a role of its own: a payment's writer cannot stop all booking. A day far ahead would send every booking there.
create or replace function ledger.check_period() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.ends > (now() at time zone 'UTC')::date + 2 then
            raise exception 'cardline: a period that ends on % is too far ahead', new.ends using errcode = 'CL005';
        end if;
        return new;
    end if;
    if tg_op = 'DELETE' or (old.kind, old.starts, old.ends) is distinct from (new.kind, new.starts, new.ends)
       or (old.status, new.status) not in (('open', 'closing'), ('closing', 'closed'), ('closed', 'open')) then
        raise exception 'cardline: a period goes from open to closing to closed and back to open, nothing else' using errcode = 'CL005';
    end if;
    return new;
end $$;
create trigger not_far_ahead after insert on ledger.period for each row execute function ledger.check_period();
revoke insert on ledger.period, ledger.period_seal from cardline_writer;
revoke update (status) on ledger.period from cardline_writer;

grant usage on schema ledger, report to cardline_closer;
grant insert on ledger.period, ledger.period_seal, ledger.audit to cardline_closer;
grant update (status) on ledger.period to cardline_closer;
grant update (stream) on ledger.stream_head to cardline_closer; -- a lock on the row needs some column; it waits for batches by it

-- Of a card the reader sees what the reports show: neither its token nor what its PIN is checked with. The closer, who proves the
-- books before closing them, reads the same and nobody's address.
revoke select on ledger.card from cardline_reader;
grant select on all tables in schema ledger, report to cardline_closer;
revoke select on ledger.card, ledger.card_address, ledger.working_key from cardline_closer;
do $$
begin
    execute (select format('grant select (%s) on ledger.card to cardline_reader, cardline_closer', string_agg(quote_ident(attname), ', '))
               from pg_attribute where attrelid = 'ledger.card'::regclass and attnum > 0 and not attisdropped
                and attname not in ('pan_token', 'pvv', 'pin_offset'));
end $$;
