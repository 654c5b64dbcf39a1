-- How many messages of a file are posted together, for ever: interchange is booked per chunk, under a key of the chunk's first message.
-- A release with other chunks that went on with a file would book a part of it under another key, or refuse it as known.
create table clearing.posting_begun (
    file_id text primary key references clearing.file,
    chunk   integer not null check (chunk > 0),
    at      timestamptz not null default clock_timestamp()
);
select ledger.guard('clearing.posting_begun');
grant select, insert on clearing.posting_begun to cardline_writer;
grant select on clearing.posting_begun to cardline_reader, cardline_verifier;

-- Every release before this one has posted by the thousand.
insert into clearing.posting_begun (file_id, chunk) select file_id, 1000 from clearing.file;
