-- What clearing files say, record by record; what each record was matched to and by which rule; what it booked. Facts all of them:
-- a match that was wrong is followed by another, a booking that was wrong by its correction.

-- position is DE 71. Amounts are minor units, positive; is_debit says that money leaves the cardholder (or us, for a fee).
-- Without an amount the record could not be understood well enough to be booked; fault says why.
create table clearing.record (
    file_id            text not null references clearing.file,
    position           integer not null check (position > 0),
    mti                text not null,
    function_code      text not null,
    kind               text,
    is_reversal        boolean not null,
    is_debit           boolean,
    is_last            boolean,
    amount             bigint check (amount >= 0),
    asset              text,
    transaction_amount bigint,
    transaction_asset  text,
    settled_amount     bigint,
    settled_asset      text,
    interchange        bigint not null default 0,
    interchange_asset  text,
    card_id            bigint,
    pan_masked         text,
    arn                text,
    trace_id           text,
    link_id            text,
    approval_code      text,
    rrn                text,
    acquirer           text,
    acceptor_id        text,
    terminal_id        text,
    mcc                text,
    reason             text not null,
    at                 timestamptz,
    business_date      date,
    service            text,
    fault              text,
    primary key (file_id, position),
    check (amount is null = (fault is not null))
);
create index record_arn on clearing.record (arn);
create index record_business_date on clearing.record (business_date);

-- account_id null: the money goes to suspense (or concerns no cardholder). amount and asset are what is posted, after conversion.
-- refers_*: the record that this one takes back, or repeats. The highest sequence counts.
create table clearing.match (
    file_id          text not null,
    position         integer not null,
    sequence         integer not null default 0,
    authorization_id bigint,
    chain_id         bigint,
    account_id       bigint,
    amount           bigint,
    asset            text,
    rule             text not null,
    version          text not null,
    reason           text not null,
    concern          text,
    concern_amount   bigint,
    refers_file      text,
    refers_position  integer,
    actor            text not null default 'clearing',
    at               timestamptz not null default clock_timestamp(),
    primary key (file_id, position, sequence),
    foreign key (file_id, position) references clearing.record
);
create index match_refers on clearing.match (refers_file, refers_position);
create index match_authorization on clearing.match (authorization_id);

-- is_main: the journal that books the record's own amount (its latest counts); beside it stand conversion and interchange.
create table clearing.booking (
    file_id    text not null,
    position   integer not null,
    sequence   integer not null default 0,
    kind       text not null,
    is_main    boolean not null,
    journal_id bigint,
    status     text not null check (status in ('posted', 'suspense', 'unbookable', 'nothing', 'reversed')),
    detail     text not null default '',
    at         timestamptz not null default clock_timestamp(),
    primary key (file_id, position, sequence),
    foreign key (file_id, position) references clearing.record
);
create index booking_journal on clearing.booking (journal_id);

-- A piece of a file that is posted to its end: with the last one (is_end) the file is.
create table clearing.posted_chunk (
    file_id        text not null references clearing.file,
    first_position integer not null,
    last_position  integer not null,
    is_end         boolean not null,
    at             timestamptz not null default clock_timestamp(),
    primary key (file_id, first_position)
);

select ledger.guard(fact) from unnest(array['clearing.record', 'clearing.match', 'clearing.booking', 'clearing.posted_chunk']::regclass[]) as fact;

create view report.clearing_record as
select r.file_id, r.position, r.mti, r.function_code, r.amount, r.asset, r.arn, m.authorization_id, m.rule as match_rule,
       coalesce(b.status, 'received') as status, b.journal_id,
       r.kind, r.is_debit, r.is_reversal, r.is_last, m.amount as posted_amount, m.asset as posted_asset, m.account_id, r.card_id, r.pan_masked,
       m.version as match_version, m.reason as match_reason, m.concern, m.refers_file, m.refers_position,
       r.transaction_amount, r.transaction_asset, r.settled_amount, r.settled_asset, r.interchange, r.interchange_asset,
       r.trace_id, r.link_id, r.approval_code, r.rrn, r.mcc, r.reason as message_reason, r.at, r.business_date, r.service, r.fault,
       b.kind as booking_kind, coalesce(nullif(b.detail, ''), r.fault, '') as detail
  from clearing.record r
  left join lateral (select * from clearing.match s where s.file_id = r.file_id and s.position = r.position
                      order by s.sequence desc limit 1) as m on true
  left join lateral (select * from clearing.booking s where s.file_id = r.file_id and s.position = r.position and s.is_main
                      order by s.sequence desc limit 1) as b on true;

create view report.clearing_match as
select file_id, position, sequence, authorization_id, rule, version, reason, concern, actor, at from clearing.match;

create view report.clearing_booking as
select file_id, position, sequence, kind, is_main, journal_id, status, detail, at from clearing.booking;

-- How far each file is: of its messages so many are behind us.
create view report.clearing_progress as
select f.file_id, f.name, f.messages, case when c.is_ended then f.messages else coalesce(c.last_position, 0) end as posted,
       coalesce(c.is_ended, false) as is_posted, f.received_at, c.at as last_progress_at
  from clearing.file f
  left join (select file_id, max(last_position) as last_position, bool_or(is_end) as is_ended, max(at) as at
               from clearing.posted_chunk group by file_id) as c using (file_id);

grant select, insert on clearing.record, clearing.match, clearing.booking, clearing.posted_chunk to cardline_writer;
grant select on clearing.record, clearing.match, clearing.booking, clearing.posted_chunk to cardline_reader, cardline_verifier;
grant select on report.clearing_record, report.clearing_match, report.clearing_booking, report.clearing_progress
    to cardline_writer, cardline_reader, cardline_verifier;
