-- When the network pays a position (PDS 0359), before which nobody misses it at the bank. Null in positions read by an earlier release.
alter table clearing.position add column pays_on date;
create index position_pays_on on clearing.position (pays_on) where pays_on > business_date;

-- What the network settles on a later date than that of the record is rare, and must be found under both. The files of a date are found
-- one by one, however many records they have.
create index record_settled_later on clearing.record (reconciliation_date) where reconciliation_date > business_date;
create index record_business_date_file on clearing.record (business_date, file_id);
drop index clearing.record_business_date;

create or replace view report.position as
select file_id, number, service, asset, business_date, cycle, function, processing, is_reversal, debits, credits, debit_count, credit_count,
       fee, net, fault, pays_on from clearing.position;
