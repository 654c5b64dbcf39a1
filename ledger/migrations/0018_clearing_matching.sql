-- More of what a clearing record says, so that it can be compared per cycle and judged by entry mode; and the files that were refused.

-- business_*: PDS 0158; reconciliation_* and settlement_*: PDS 0159, as positions name them. pds: every PDS, unknown ones too, without
-- card numbers. All null in records of an earlier release.
alter table clearing.record
    add column entry_mode           text,
    add column business_cycle       smallint,
    add column reconciliation_date  date,
    add column reconciliation_cycle smallint,
    add column settlement_date      date,
    add column settlement_cycle     smallint,
    add column pds                  jsonb;

create or replace view report.clearing_record as
select r.file_id, r.position, r.mti, r.function_code, r.amount, r.asset, r.arn, m.authorization_id, m.rule as match_rule,
       coalesce(b.status, 'received') as status, b.journal_id,
       r.kind, r.is_debit, r.is_reversal, r.is_last, m.amount as posted_amount, m.asset as posted_asset, m.account_id, r.card_id, r.pan_masked,
       m.version as match_version, m.reason as match_reason, m.concern, m.refers_file, m.refers_position,
       r.transaction_amount, r.transaction_asset, r.settled_amount, r.settled_asset, r.interchange, r.interchange_asset,
       r.trace_id, r.link_id, r.approval_code, r.rrn, r.mcc, r.reason as message_reason, r.at, r.business_date, r.service, r.fault,
       b.kind as booking_kind, coalesce(nullif(b.detail, ''), r.fault, '') as detail,
       r.entry_mode, r.business_cycle, r.reconciliation_date, r.reconciliation_cycle, r.settlement_date, r.settlement_cycle, r.pds
  from clearing.record r
  left join lateral (select * from clearing.match s where s.file_id = r.file_id and s.position = r.position
                      order by s.sequence desc limit 1) as m on true
  left join lateral (select * from clearing.booking s where s.file_id = r.file_id and s.position = r.position and s.is_main
                      order by s.sequence desc limit 1) as b on true;

-- A file that was not taken in leaves this and nothing else: its file id may come again. record, element, tag and byte say where the
-- first fault lies, as far as there is a place; sha256 is of the whole file, file_id is what its header said, if it was read.
create table clearing.refusal (
    refusal_id bigint generated always as identity primary key,
    at         timestamptz not null default clock_timestamp(),
    actor      text not null,
    name       text not null,
    sha256     bytea check (octet_length(sha256) = 32),
    file_id    text,
    record     integer,
    element    integer,
    tag        text,
    byte       bigint,
    reason     text not null
);
create index refusal_sha256 on clearing.refusal (sha256);

select ledger.guard('clearing.refusal');

create view report.clearing_refusal as
select refusal_id, at, actor, name, encode(sha256, 'hex') as sha256, file_id, record, element, tag, byte, reason from clearing.refusal;

grant select, insert on clearing.refusal to cardline_writer;
grant select on clearing.refusal to cardline_reader, cardline_verifier;
grant select on report.clearing_refusal to cardline_writer, cardline_reader, cardline_verifier;
