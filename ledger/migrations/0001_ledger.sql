-- The books: assets, accounts, balances, journals, postings, authorizations, outcomes.
-- Facts are append-only and the database itself insists on it (G7); every journal balances (G6).

create table ledger.asset (
    asset        text primary key,
    number       smallint not null unique,
    numeric_code text unique,
    exponent     smallint not null check (exponent between 0 and 8),
    kind         text not null check (kind in ('fiat', 'stablecoin'))
);

create table ledger.account (
    account_id  bigint primary key,
    code        text not null unique,
    name        text not null,
    kind        text not null,
    normal_side text not null check (normal_side in ('debit', 'credit')),
    asset       text not null references ledger.asset,
    stripe      smallint check (stripe between 0 and 63),
    status      text not null default 'open' check (status in ('open', 'frozen', 'closed')),
    opened_at   timestamptz not null default now()
);

-- Narrow and half empty, so that updates stay on the page. No index on a column that changes.
-- excused says how far forced postings (advices, presentments) have taken the account below its floor;
-- a plain floor check would refuse those, and then even the release that improves the account.
create table ledger.balance (
    account_id    bigint primary key references ledger.account,
    posted        bigint not null default 0,
    holds         bigint not null default 0,
    floor         bigint,
    excused       bigint not null default 0,
    version       bigint not null default 0,
    facts_version bigint not null default 1,
    constraint balance_floor check (floor is null or posted - holds - floor + excused >= 0),
    constraint balance_excused check (excused >= 0)
) with (fillfactor = 50);

create table ledger.card (
    card_id    bigint primary key,
    account_id bigint not null references ledger.account,
    pan_token  bytea not null unique check (length(pan_token) = 16),
    pan_masked text not null,
    expiry     text not null check (expiry ~ '^\d{4}$'),
    psn        text not null check (psn ~ '^\d{2}$'),
    pvv        text check (pvv ~ '^\d{4}$'),
    status     text not null default 'active'
               check (status in ('inactive', 'active', 'blocked', 'lost', 'stolen', 'expired', 'closed')),
    issued_at  timestamptz not null default now()
);
create index card_account on ledger.card (account_id);

-- One row per stream; a process leases a stream with a session advisory lock and is fenced by the batch number.
create table ledger.stream_head (
    stream  smallint primary key check (stream between 0 and 63),
    batch   bigint not null default 0,
    link    bytea not null default '\x0000000000000000000000000000000000000000000000000000000000000000',
    last_id bigint not null default 0
) with (fillfactor = 50);
insert into ledger.stream_head (stream) select generate_series(0, 63);

create table ledger.batch (
    stream    smallint not null,
    batch     bigint not null,
    link      bytea not null,
    items     integer not null,
    booked_at timestamptz not null,
    primary key (stream, batch)
);

create table ledger.journal (
    journal_id       bigint not null,
    booking_date     date not null,
    value_date       date not null,
    kind             text not null,
    reason           text not null,
    event_at         timestamptz not null,
    booked_at        timestamptz not null,
    actor            text not null,
    reverses         bigint,
    idempotency_key  bytea,
    content_hash     bytea,
    authorization_id bigint,
    stream           smallint not null,
    batch            bigint not null,
    primary key (journal_id, booking_date)
) partition by range (booking_date);

create table ledger.posting (
    journal_id      bigint not null,
    line            smallint not null,
    booking_date    date not null,
    account_id      bigint not null,
    asset           text not null,
    layer           text not null check (layer in ('pending', 'posted')),
    amount          bigint not null check (amount <> 0),
    account_version bigint not null,
    primary key (journal_id, line, booking_date),
    unique (account_id, account_version, booking_date)
) partition by range (booking_date);

-- One row per authorization request or advice, approved or not: what was asked, decided, seen (G11).
create table ledger.authorization (
    authorization_id   bigint not null,
    booking_date       date not null,
    chain_id           bigint not null,
    card_id            bigint,
    account_id         bigint,
    mti                text not null,
    stan               text not null,
    rrn                text,
    transmitted_at     timestamptz not null,
    acquirer           text not null,
    network_reference  text,
    approval_code      text,
    amount             bigint not null,
    asset              text not null,
    response_code      text not null,
    verdict            text not null,
    reason             text not null,
    rule               text not null,
    policy             text not null,
    seen               text not null,
    request            text not null,
    message_id         bigint not null,
    received_at        timestamptz not null,
    answered_at        timestamptz not null,
    expires_at         timestamptz,
    stream             smallint not null,
    batch              bigint not null,
    primary key (authorization_id, booking_date)
) partition by range (booking_date);

-- The life of an authorization, element by element; sums and status are functions of these rows.
create table ledger.authorization_event (
    chain_id         bigint not null,
    sequence         integer not null,
    booking_date     date not null,
    authorization_id bigint not null,
    kind             text not null,
    amount           bigint not null,
    asset            text not null,
    at               timestamptz not null,
    recorded_at      timestamptz not null,
    message_id       bigint,
    journal_id       bigint,
    stream           smallint not null,
    batch            bigint not null,
    primary key (chain_id, sequence, booking_date)
) partition by range (booking_date);

-- What is held on a chain now, kept beside the events as a balance is kept beside its postings; proved by verify.
create table ledger.hold (
    chain_id     bigint primary key,
    account_id   bigint not null,
    asset        text not null,
    authorized   bigint not null,
    incremented  bigint not null,
    reversed     bigint not null,
    captured     bigint not null,
    refunded     bigint not null,
    expired      bigint not null,
    held         bigint not null check (held >= 0),
    last_event   integer not null,
    expires_at   timestamptz not null
) with (fillfactor = 70);
create index hold_expiry on ledger.hold (expires_at) where held > 0;

-- The answer to every keyed request (G4). Partitioned by the date resolved from DE 7, so that a repeat finds its partition.
-- original_key and original_trace stand on reversals that had not met their authorization when they came.
create table ledger.outcome (
    key              bytea not null,
    key_date         date not null,
    content          bytea not null,
    mti              text not null,
    account_id       bigint,
    authorization_id bigint,
    chain_id         bigint,
    trace_id         text,
    rrn              text,
    original_key     bytea,
    original_trace   text,
    replacement      bigint,
    verdict          text not null,
    reason           text not null,
    response_code    text not null,
    approval_code    text,
    amount           bigint not null,
    available        bigint,
    message_id       bigint not null,
    recorded_at      timestamptz not null,
    stream           smallint not null,
    batch            bigint not null,
    primary key (key, key_date)
) partition by range (key_date);
-- Not partial: on tables still empty the planner would take a partial index for a small one and read it whole.
create index outcome_trace on ledger.outcome (trace_id);
create index outcome_rrn on ledger.outcome (rrn);

-- What every request must be checked against, kept small and apart: reversals that overtook their authorization,
-- under the key (DE 90) and the trace id (DE 48.63) by which it will be known. Derived from outcome, proved by verify.
create table ledger.early_reversal (
    reference   text not null,
    account_id  bigint not null,
    replacement bigint not null,
    key         bytea not null,
    primary key (reference, key)
);

create table ledger.message (
    message_id bigint not null,
    direction  text not null check (direction in ('in', 'out')),
    at         timestamptz not null,
    link       text not null,
    mti        text not null,
    stan       text,
    rrn        text,
    fields     jsonb not null,
    primary key (message_id, direction, at)
) partition by range (at);

create table ledger.dead_letter (
    dead_letter_id bigint generated always as identity primary key,
    at             timestamptz not null default now(),
    stream         smallint not null,
    command        text not null,
    payload_hash   bytea not null,
    reason         text not null
);

create table ledger.exception (
    exception_id          bigint generated always as identity primary key,
    kind                  text not null,
    opened_at             timestamptz not null,
    subject               text not null,
    amount                bigint,
    asset                 text,
    status                text not null default 'open',
    owner                 text,
    resolution_journal_id bigint
);

create table ledger.audit (
    audit_id bigint generated always as identity primary key,
    at       timestamptz not null,
    actor    text not null,
    action   text not null,
    subject  text not null,
    reason   text not null,
    detail   text not null,
    hash     bytea not null
);

-- One audit line, linked to the one before it. Serialised on purpose: people's acts are few and their order matters.
create function ledger.record_audit(actor text, action text, subject text, reason text, detail text) returns void
language plpgsql as $$
declare
    previous bytea;
    moment timestamptz := clock_timestamp();
begin
    perform pg_advisory_xact_lock(hashtext('cardline.audit'));
    select a.hash into previous from ledger.audit a order by a.audit_id desc limit 1;
    insert into ledger.audit (at, actor, action, subject, reason, detail, hash)
    values (moment, actor, action, subject, reason, detail,
            sha256(coalesce(previous, ''::bytea) || convert_to(concat_ws('|',
                (extract(epoch from moment) * 1000000)::bigint, length(actor), actor, length(action), action,
                length(subject), subject, length(reason), reason, length(detail), detail), 'UTF8')));
end $$;
