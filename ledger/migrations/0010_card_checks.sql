-- PIN tries and transaction counters of cards: written in the batch that decides, under the account's lock, and judged there on
-- what is stored. A card that never sends PIN or chip has no row. atc: the highest counter seen (-1: none yet); bit i of atc_seen
-- says that atc - 1 - i was seen as well, because terminals send late and out of order. No foreign key: it is on the payment path.
create table ledger.card_counter (
    card_id    bigint primary key,
    pin_tries  smallint not null default 0 check (pin_tries >= 0),
    atc        integer not null default -1 check (atc between -1 and 65535),
    atc_seen   bigint not null default 0 check (atc_seen >= 0),
    changed_at timestamptz not null
) with (fillfactor = 70);
grant select on ledger.card_counter to cardline_writer, cardline_reader;
grant insert, update on ledger.card_counter to cardline_writer;

create view report.card_counter as
select c.card_id, k.account_id, c.pin_tries, nullif(c.atc, -1) as atc, c.changed_at
  from ledger.card_counter c join ledger.card k using (card_id);
grant select on report.card_counter to cardline_writer, cardline_reader;

-- A PIN may be kept as an IBM 3624 offset instead of a PVV.
alter table ledger.card add column pin_offset text check (pin_offset ~ '^\d{4,12}$');
alter table ledger.card add constraint card_pin_kept_once check (pvv is null or pin_offset is null);
grant update (pin_offset) on ledger.card to cardline_writer;
create trigger facts_changed_pin after update of pin_offset on ledger.card for each row execute function ledger.bump_facts();

-- A new PIN has all its tries. After facts_changed (triggers fire by name), which has taken the account's lock first, as writers do.
create function ledger.renew_pin_tries() returns trigger language plpgsql as $$
begin
    update ledger.card_counter set pin_tries = 0, changed_at = now() where card_id = new.card_id;
    return null;
end $$;
create trigger pin_renewed after update of pvv, pin_offset on ledger.card for each row
    when (old.pvv is distinct from new.pvv or old.pin_offset is distinct from new.pin_offset)
    execute function ledger.renew_pin_tries();

-- What AVS compares with. Personal data: in no view, no cache and no log.
create table ledger.card_address (
    card_id    bigint primary key references ledger.card,
    address    text not null,
    postcode   text not null,
    changed_at timestamptz not null default now()
);
grant select, insert, update on ledger.card_address to cardline_writer;

-- The PIN key that each link uses, as the network sent it: enciphered under the transport key, so that a restart has it again.
create table ledger.working_key (
    link         text primary key,
    key_exchange text not null,
    activated_at timestamptz not null default now()
);
grant select, insert, update on ledger.working_key to cardline_writer;
