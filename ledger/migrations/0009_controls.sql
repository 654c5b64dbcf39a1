-- What a card may be used for and how much: controls and limits of cards, accounts and programs, as versions that are never changed.
-- A card's belong to its lineage (the first card of a row of replacements), so a replacement has them without a copy.

alter table ledger.account add column program text check (program <> '');
alter table ledger.card add column lineage bigint;
create index account_program on ledger.account (program) where program is not null;
create index card_lineage on ledger.card (lineage) where lineage is not null;

-- Whether any of the tables below may say something about this account. Few accounts have controls; the facts of the others
-- are read without a look into them.
alter table ledger.balance add column is_controlled boolean not null default false;

-- One row is all that a scope says from then on: the newest version counts. `document` is JSON, as authorizer/controls.py reads it.
create table ledger.control (
    scope    text not null check (scope in ('card', 'account', 'program')),
    subject  text not null check (subject <> ''),
    version  integer not null check (version > 0),
    document text not null,
    set_at   timestamptz not null default clock_timestamp(),
    actor    text not null,
    reason   text not null,
    primary key (scope, subject, version)
);
create table ledger.spend_limit (like ledger.control including all);
select ledger.guard(fact) from unnest(array['ledger.control', 'ledger.spend_limit']::regclass[]) as fact;

-- Whoever sets them makes every decision made before stale (G2), also by plain SQL. Accounts are locked in their order.
create function ledger.bump_controlled() returns trigger language plpgsql as $$
declare
    concerned bigint[] := case new.scope
        when 'card' then array(select distinct account_id from ledger.card
                                where card_id = new.subject::bigint or lineage = new.subject::bigint)
        when 'account' then array[new.subject::bigint]
        else array(select account_id from ledger.account where program = new.subject) end;
begin
    perform 1 from ledger.balance where account_id = any (concerned) order by account_id for no key update;
    update ledger.balance set facts_version = facts_version + 1, is_controlled = true where account_id = any (concerned);
    return null;
end $$;
create trigger facts_changed after insert on ledger.control for each row execute function ledger.bump_controlled();
create trigger facts_changed after insert on ledger.spend_limit for each row execute function ledger.bump_controlled();

-- Another program brings other controls with it.
create function ledger.bump_program() returns trigger language plpgsql as $$
begin
    update ledger.balance set facts_version = facts_version + 1, is_controlled = is_controlled or new.program is not null
     where account_id = new.account_id;
    return null;
end $$;
create trigger program_changed after update of program on ledger.account for each row execute function ledger.bump_program();

create view report.control as
select 'control' as kind, scope, subject, version, document, set_at, actor, reason from ledger.control
union all
select 'limit', scope, subject, version, document, set_at, actor, reason from ledger.spend_limit;

grant select on ledger.control, ledger.spend_limit, report.control to cardline_writer, cardline_reader, cardline_verifier;
grant insert on ledger.control, ledger.spend_limit to cardline_writer;
grant update (is_controlled) on ledger.balance to cardline_writer;
grant update (program) on ledger.account to cardline_writer;
