-- What the proofs need: a way to find a batch's facts, seals over the heads, the verifier's cursor, the outbox.

-- The facts of a batch carry its booked_at exactly. A BRIN index costs the writer next to nothing, because rows come in the order
-- of time anyway; with it a window of batches is read without touching the rest of the books.
create index journal_booked_at on ledger.journal using brin (booked_at) with (pages_per_range = 32, autosummarize = on);
create index authorization_answered_at on ledger.authorization using brin (answered_at) with (pages_per_range = 32, autosummarize = on);
create index event_recorded_at on ledger.authorization_event using brin (recorded_at) with (pages_per_range = 32, autosummarize = on);
create index outcome_recorded_at on ledger.outcome using brin (recorded_at) with (pages_per_range = 32, autosummarize = on);
create index batch_booked_at on ledger.batch using brin (booked_at) with (pages_per_range = 32, autosummarize = on);

-- Ranges not yet summarized are read by every window; whoever verifies may have them summarized first.
create function ledger.summarize_facts() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform pg_catalog.brin_summarize_new_values(i.indexrelid)
       from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
      where a.amname = 'brin' and c.relkind = 'i' and c.relnamespace = 'ledger'::regnamespace;
end $$;
revoke execute on function ledger.summarize_facts() from public;

-- One line per stream in heads: stream|batch|link in hexadecimal. hash = sha256(hash before || 'seal|number|microseconds\n' || heads).
create table ledger.seal (
    number bigint primary key check (number > 0),
    at     timestamptz not null,
    heads  text not null,
    hash   bytea not null
);
select ledger.guard('ledger.seal');

-- How far the background verifier has come, so that a new process goes on where the last one ended.
create table ledger.verified (
    stream smallint primary key,
    batch  bigint not null,
    link   bytea not null,
    at     timestamptz not null default now()
) with (fillfactor = 50);

-- Where its rolling pass over everything stands: 'accounts' by id, 'batches' by microsecond.
create table ledger.rolling_pass (
    name     text primary key,
    position bigint not null
);

-- Where a named reader of the outbox has come in each stream.
create table ledger.consumer (
    name        text not null,
    stream      smallint not null,
    batch       bigint not null,
    advanced_at timestamptz not null default now(),
    primary key (name, stream)
);

-- The outbox: what each committed batch did, in order. Streams are independent; inside one, batches are gapless and a batch is
-- visible only with all before it, because the stream's head stays locked until its writer has committed.
create view report.batch_event as
select b.stream, b.batch, b.booked_at, f.position, f.kind, f.body
  from ledger.batch b
 cross join lateral (
    select row_number() over (order by part, id, line) as position, kind, body from (
        select 1 as part, lpad(j.journal_id::text, 20, '0') as id, 0 as line, 'journal' as kind, jsonb_build_object(
               'journal_id', j.journal_id, 'kind', j.kind, 'reason', j.reason, 'booking_date', j.booking_date,
               'value_date', j.value_date, 'event_at', j.event_at, 'actor', j.actor, 'reverses', j.reverses,
               'authorization_id', j.authorization_id, 'idempotency_key', encode(j.idempotency_key, 'hex'),
               'postings', (select jsonb_agg(jsonb_build_object('line', p.line, 'account_id', p.account_id, 'asset', p.asset,
                                   'layer', p.layer, 'amount', p.amount, 'account_version', p.account_version) order by p.line)
                              from ledger.posting p where p.journal_id = j.journal_id and p.booking_date = j.booking_date)) as body
          from ledger.journal j where j.booked_at = b.booked_at and j.stream = b.stream and j.batch = b.batch
        union all
        select 2, lpad(e.chain_id::text, 20, '0'), e.sequence, 'authorization_event', jsonb_build_object(
               'chain_id', e.chain_id, 'sequence', e.sequence, 'authorization_id', e.authorization_id, 'kind', e.kind,
               'amount', e.amount, 'asset', e.asset, 'at', e.at, 'journal_id', e.journal_id, 'message_id', e.message_id)
          from ledger.authorization_event e where e.recorded_at = b.booked_at and e.stream = b.stream and e.batch = b.batch
        union all
        select 3, encode(o.key, 'hex'), 0, 'outcome', jsonb_build_object(
               'key', encode(o.key, 'hex'), 'mti', o.mti, 'account_id', o.account_id, 'authorization_id', o.authorization_id,
               'chain_id', o.chain_id, 'verdict', o.verdict, 'reason', o.reason, 'response_code', o.response_code,
               'approval_code', o.approval_code, 'amount', o.amount, 'available', o.available, 'message_id', o.message_id)
          from ledger.outcome o where o.recorded_at = b.booked_at and o.stream = b.stream and o.batch = b.batch
    ) as facts
 ) as f;

-- The verifier reads everything, and writes nothing but its cursor, the seals, and what it raises.
grant usage on schema ledger, report to cardline_verifier;
grant select on all tables in schema ledger, report to cardline_verifier;
grant insert on ledger.seal, ledger.exception to cardline_verifier;
grant insert, update on ledger.verified, ledger.rolling_pass to cardline_verifier;
grant execute on function ledger.summarize_facts() to cardline_verifier, cardline_writer, cardline_reader;
grant select on ledger.seal, ledger.verified, ledger.rolling_pass, ledger.consumer to cardline_writer, cardline_reader;
grant insert, update on ledger.consumer to cardline_writer;
grant select on report.batch_event to cardline_writer, cardline_reader;
