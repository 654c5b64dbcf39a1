-- What the bank and the network state, what a reconciliation found, and how what it found was worked off. Facts all of them;
-- only an exception item moves, from open to resolved, and says who did it and by which journal.

-- A bank's statement as it came, sealed like a clearing file; what it says stands beside it, proved before it was kept.
create table clearing.statement_file (
    sha256      bytea primary key check (octet_length(sha256) = 32),
    name        text not null,
    sealed      bytea not null,
    actor       text not null,
    received_at timestamptz not null default clock_timestamp()
);

create table clearing.bank_statement (
    sha256       bytea not null references clearing.statement_file,
    place        integer not null check (place > 0),
    reference    text not null,
    account      text not null,
    asset        text not null references ledger.asset,
    opening      bigint not null,
    closing      bigint not null,
    closed_on    date not null,
    signs_turned boolean not null,
    primary key (sha256, place),
    unique (account, asset, reference)
);
create index bank_statement_asset on clearing.bank_statement (asset, closed_on);

-- minor is positive where our account is credited; details: what the entry's parts add up to.
create table clearing.bank_entry (
    sha256      bytea not null,
    place       integer not null,
    number      integer not null check (number > 0),
    reference   text not null,
    minor       bigint not null,
    booked_on   date not null,
    value_on    date not null,
    is_reversal boolean not null,
    details     bigint,
    service     text,
    settles_on  date,
    cycle       integer,
    primary key (sha256, place, number),
    foreign key (sha256, place) references clearing.bank_statement,
    check ((service is null) = (settles_on is null) and (service is null) = (cycle is null))
);
create index bank_entry_settles_on on clearing.bank_entry (settles_on);

create table clearing.bank_booking (
    sha256     bytea not null,
    place      integer not null,
    number     integer not null,
    journal_id bigint not null,
    role       text not null,
    at         timestamptz not null default clock_timestamp(),
    primary key (sha256, place, number),
    foreign key (sha256, place, number) references clearing.bank_entry
);

-- Which clearing files have been read for positions, also those that have none.
create table clearing.position_file (
    file_id   text primary key references clearing.file,
    positions integer not null,
    at        timestamptz not null default clock_timestamp()
);

-- Debits and credits as stated, both not negative; function is empty in a settlement position (688). fault: why it cannot be used.
create table clearing.position (
    file_id       text not null references clearing.position_file deferrable initially deferred,
    number        integer not null,
    service       text,
    asset         text,
    business_date date,
    cycle         integer,
    function      text not null default '',
    processing    text not null default '',
    is_reversal   boolean not null default false,
    debits        bigint not null default 0,
    credits       bigint not null default 0,
    debit_count   bigint not null default 0,
    credit_count  bigint not null default 0,
    fee           bigint not null default 0,
    net           bigint,
    fault         text,
    primary key (file_id, number),
    check (fault is not null or (service is not null and asset is not null and business_date is not null and cycle is not null))
);
create index position_business_date on clearing.position (business_date);

-- One run: what it looked at (by hash), what it found (by hash). The same inputs under the same rules are one run.
create table clearing.run (
    run_id        bigint generated always as identity primary key,
    business_date date not null,
    rules         text not null,
    inputs        bytea not null,
    result        bytea not null,
    actor         text not null,
    at            timestamptz not null default clock_timestamp(),
    unique (business_date, rules, inputs)
);

create table clearing.run_input (
    run_id bigint not null references clearing.run,
    kind   text not null,
    name   text not null,
    sha256 bytea not null,
    primary key (run_id, kind, name)
);

create table clearing.finding (
    run_id    bigint not null references clearing.run,
    number    integer not null,
    kind      text not null,
    subject   text not null,
    asset     text,
    expected  bigint,
    stated    bigint,
    amount    bigint,
    rule      text,
    said      text not null,
    owner     text not null,
    since     date not null,
    reason    text,
    deadline  date,
    proposal  jsonb not null default '[]',
    primary key (run_id, number)
);
create index finding_subject on clearing.finding (subject);

-- What is known of an exception item beyond its line: why it may be charged back, until when, and what would put it right.
create table clearing.exception_case (
    exception_id bigint primary key references ledger.exception,
    said         text not null,
    reason       text,
    deadline     date,
    proposal     jsonb not null default '[]',
    at           timestamptz not null default clock_timestamp()
);

-- What was done about an item. approved_by stays empty until acts need a second person, who is never the first.
create table clearing.exception_act (
    exception_id bigint not null references ledger.exception,
    sequence     integer not null,
    act          text not null check (act in ('booked', 'matched', 'written_off', 'settled_itself')),
    actor        text not null,
    approved_by  text check (approved_by <> actor),
    reason       text not null check (reason <> ''),
    counterpart  bigint references ledger.exception,
    journal_ids  bigint[] not null default '{}',
    at           timestamptz not null default clock_timestamp(),
    primary key (exception_id, sequence)
);

select ledger.guard(fact) from unnest(array[
    'clearing.statement_file', 'clearing.bank_statement', 'clearing.bank_entry', 'clearing.bank_booking', 'clearing.position_file',
    'clearing.position', 'clearing.run', 'clearing.run_input', 'clearing.finding', 'clearing.exception_case',
    'clearing.exception_act']::regclass[]) as fact;

-- An item is opened and resolved, nothing else; what it is about stays.
create function ledger.keep_exception() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE'
       or (old.exception_id, old.kind, old.opened_at, old.subject, old.amount, old.asset)
          is distinct from (new.exception_id, new.kind, new.opened_at, new.subject, new.amount, new.asset)
       or (old.status <> 'open' and new is distinct from old)
       or new.status not in ('open', 'resolved') then
        raise exception 'cardline: exception % is opened and resolved, nothing else', old.exception_id using errcode = 'CL002';
    end if;
    return new;
end $$;
create trigger kept before update or delete on ledger.exception for each row execute function ledger.keep_exception();
create trigger no_truncate before truncate on ledger.exception for each statement execute function ledger.refuse_change();
create index exception_open on ledger.exception (status, kind);

create or replace view report.exception as
select x.exception_id, x.kind, x.opened_at, x.subject, x.amount, x.asset, x.status, x.owner, x.resolution_journal_id,
       c.said, c.reason, c.deadline, c.proposal, current_date - x.opened_at::date as age_days,
       a.act, a.actor as resolved_by, a.reason as resolution_reason, a.at as resolved_at
  from ledger.exception x
  left join clearing.exception_case c using (exception_id)
  left join lateral (select * from clearing.exception_act s where s.exception_id = x.exception_id order by s.sequence desc limit 1) as a on true;

create view report.bank_statement as
select encode(sha256, 'hex') as sha256, place, reference, account, asset, opening, closing, closed_on, signs_turned from clearing.bank_statement;

create view report.bank_entry as
select encode(e.sha256, 'hex') as sha256, e.place, e.number, s.account, s.asset, e.reference, e.minor as amount, e.booked_on, e.value_on,
       e.is_reversal, e.details, e.service, e.settles_on, e.cycle, b.journal_id, b.role
  from clearing.bank_entry e join clearing.bank_statement s using (sha256, place) left join clearing.bank_booking b using (sha256, place, number);

create view report.position as
select file_id, number, service, asset, business_date, cycle, function, processing, is_reversal, debits, credits, debit_count, credit_count,
       fee, net, fault from clearing.position;

create view report.reconciliation_run as
select run_id, business_date, rules, encode(inputs, 'hex') as inputs, encode(result, 'hex') as result, actor, at from clearing.run;

create view report.finding as
select f.run_id, r.business_date, f.number, f.kind, f.subject, f.asset, f.expected, f.stated, f.amount, f.rule, f.said, f.owner, f.since,
       f.reason, f.deadline, f.proposal
  from clearing.finding f join clearing.run r using (run_id);

grant select, insert on clearing.statement_file, clearing.bank_statement, clearing.bank_entry, clearing.bank_booking, clearing.position_file,
    clearing.position, clearing.run, clearing.run_input, clearing.finding, clearing.exception_case, clearing.exception_act to cardline_writer;
grant update (status, owner, resolution_journal_id) on ledger.exception to cardline_writer;
grant select on clearing.bank_statement, clearing.bank_entry, clearing.bank_booking, clearing.position_file, clearing.position, clearing.run,
    clearing.run_input, clearing.finding, clearing.exception_case, clearing.exception_act to cardline_reader, cardline_verifier;
grant select on report.exception, report.bank_statement, report.bank_entry, report.position, report.reconciliation_run, report.finding
    to cardline_writer, cardline_reader, cardline_verifier;
