-- The ledger's shapes without its partitions, checks, triggers and secondary indexes.
drop schema if exists bench cascade;
create schema bench;
create table bench.journal (journal_id bigint primary key, kind text not null, booked_at timestamptz not null);
create table bench.posting (journal_id bigint, line smallint, account_id bigint not null, amount bigint not null, primary key (journal_id, line));
create table bench.hold (hold_id bigint primary key, account_id bigint not null, held bigint not null, expires_at timestamptz not null);
create table bench.outcome (key bytea primary key, journal_id bigint not null, response_code text not null, amount bigint not null);
create table bench.balance (account_id bigint primary key, posted bigint not null, holds bigint not null) with (fillfactor = 50);
