-- When the network pays a position (PDS 0359), before which nobody misses it at the bank. Null in positions read by an earlier release.
alter table clearing.position add column pays_on date;
create index position_pays_on on clearing.position (pays_on) where pays_on > business_date;

-- What the network settles on a later date than that of the record is rare, and must be found under both. The files of a date are found
-- one by one, however many records they have.
create index record_settled_later on clearing.record (reconciliation_date) where reconciliation_date > business_date;
create index record_business_date_file on clearing.record (business_date, file_id);
drop index clearing.record_business_date;

-- What a run looks for in everything that was ever stated or found, and what is rare.
create index position_bad on clearing.position (file_id) where fault is not null;
create index finding_awaited on clearing.finding (run_id) where kind = 'position_missing' and rule is not null;

create or replace view report.position as
select file_id, number, service, asset, business_date, cycle, function, processing, is_reversal, debits, credits, debit_count, credit_count,
       fee, net, fault, pays_on from clearing.position;

-- How far the three sides agree: records that are authorized, presented and booked alike, and each settlement as our records, the network
-- and the bank state it (nets, positive where we get it; cycle 0 is the whole date). Null, and none, in runs of an earlier release.
alter table clearing.run add column records integer, add column agreeing integer;
create table clearing.run_total (
    run_id   bigint not null references clearing.run,
    service  text not null,
    asset    text not null,
    cycle    integer not null,
    records  integer not null,
    expected bigint,
    stated   bigint,
    paid     bigint,
    state    text not null check (state in ('agrees', 'timing', 'differs')),
    primary key (run_id, service, asset, cycle)
);
select ledger.guard('clearing.run_total');

create or replace view report.reconciliation_run as
select run_id, business_date, rules, encode(inputs, 'hex') as inputs, encode(result, 'hex') as result, actor, at, records, agreeing from clearing.run;

create view report.reconciliation_total as
select t.run_id, r.business_date, t.service, t.asset, t.cycle, t.records, t.expected, t.stated, t.paid, t.state
  from clearing.run_total t join clearing.run r using (run_id);

grant select, insert on clearing.run_total to cardline_writer;
grant select on clearing.run_total to cardline_reader, cardline_verifier;
grant select on report.reconciliation_total to cardline_writer, cardline_reader, cardline_verifier;
