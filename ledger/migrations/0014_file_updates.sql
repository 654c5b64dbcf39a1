-- What the network's stand-in has to know of our cards. A card's number is kept only where a link takes file updates: sealed
-- (AES-256-GCM) under a key that the database never sees, bound to the card.
create table ledger.card_number (
    card_id bigint primary key references ledger.card,
    sealed  bytea not null check (octet_length(sealed) between 44 and 51),
    kept_at timestamptz not null default clock_timestamp()
);

-- One row per change and link, written in the change's own transaction and sent as an 0302 until it is answered. update_code is
-- DE 91. A process claims a row until claimed_until; `claim` tells a process that slept through it that it is another's now.
create table ledger.file_update (
    update_id     bigint generated always as identity primary key,
    card_id       bigint not null references ledger.card,
    link          text not null check (link <> ''),
    listing       text not null check (listing in ('blocked', 'lost', 'stolen', 'closed', 'unlisted')),
    update_code   text not null check (update_code in ('1', '2', '3')),
    state         text not null default 'pending' check (state in ('pending', 'done', 'failed')),
    attempts      integer not null default 0 check (attempts >= 0),
    claim         integer not null default 0,
    claimed_until timestamptz,
    due_at        timestamptz not null default clock_timestamp(),
    result        text,
    made_at       timestamptz not null default clock_timestamp(),
    ended_at      timestamptz,
    actor         text not null,
    reason        text not null,
    check ((state = 'pending') = (ended_at is null))
);
create index file_update_pending on ledger.file_update (card_id, link, update_id) where state = 'pending';
create index file_update_open on ledger.file_update (state) where state <> 'done';
create index file_update_card on ledger.file_update (card_id, link, update_id);

-- is_latest: nothing was said of this card to this link afterwards, so that a failed one still matters.
create view report.file_update as
select u.update_id, u.card_id, k.pan_masked, u.link, u.listing, u.update_code, u.state, u.attempts, u.result, u.due_at, u.made_at,
       u.ended_at, u.actor, u.reason,
       not exists (select from ledger.file_update later
                    where later.card_id = u.card_id and later.link = u.link and later.update_id > u.update_id) as is_latest
  from ledger.file_update u join ledger.card k using (card_id);

grant select, insert, update on ledger.file_update, ledger.card_number to cardline_writer;
grant select on report.file_update to cardline_writer, cardline_reader, cardline_closer;
