-- Clearing files as they came, for ever: full of card numbers, so each piece is sealed (AES-256-GCM) under a key that the
-- database never sees, bound to the file's content, its place and the number of pieces.
create schema clearing authorization cardline_owner;

-- file_id is PDS 0105, which the network gives; sha256 is of the whole file in clear. Both can be there once only.
create table clearing.file (
    file_id       text primary key check (file_id ~ '^[0-9]{25}$'),
    sha256        bytea not null unique check (octet_length(sha256) = 32),
    name          text not null,
    bytes         bigint not null check (bytes > 0),
    pieces        integer not null check (pieces > 0),
    framing       text not null,
    character_set text not null,
    messages      integer not null check (messages >= 2),
    amount        numeric(20) not null check (amount >= 0),
    is_test       boolean not null,
    actor         text not null,
    received_at   timestamptz not null default clock_timestamp()
);

create table clearing.file_piece (
    file_id text not null references clearing.file deferrable initially deferred,
    number  integer not null check (number >= 0),
    sealed  bytea not null,
    primary key (file_id, number)
);

select ledger.guard(fact) from unnest(array['clearing.file', 'clearing.file_piece']::regclass[]) as fact;

create view report.clearing_file as
select file_id, name, encode(sha256, 'hex') as sha256, bytes, messages, amount, framing, character_set, is_test, actor, received_at
  from clearing.file;

grant usage on schema clearing to cardline_writer, cardline_reader, cardline_verifier;
grant select, insert on clearing.file, clearing.file_piece to cardline_writer;
grant select on clearing.file to cardline_reader, cardline_verifier;
grant select on report.clearing_file to cardline_writer, cardline_reader, cardline_verifier;
