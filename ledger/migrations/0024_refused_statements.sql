-- Bank statements that were not taken in stand beside the clearing files. place: of a statement, which one, which entry, which element;
-- of XML that cannot be read, line and column.
alter table clearing.refusal
    add column kind  text not null default 'clearing_file' check (kind in ('clearing_file', 'bank_statement')),
    add column place text;

create or replace view report.clearing_refusal as
select refusal_id, at, actor, name, encode(sha256, 'hex') as sha256, file_id, record, element, tag, byte, reason, kind, place
  from clearing.refusal;
