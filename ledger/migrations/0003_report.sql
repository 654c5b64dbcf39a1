-- The books, readable by SQL (contract: names and columns are stable, columns may be added).

-- The net of each account, on the side where it stands.
create view report.trial_balance as
select asset, layer, coalesce(sum(net) filter (where net > 0), 0) as debits, coalesce(-sum(net) filter (where net < 0), 0) as credits
  from (select p.account_id, p.asset, p.layer, sum(p.amount) as net from ledger.posting p group by p.account_id, p.asset, p.layer) as accounts
 group by asset, layer order by asset, layer;

create view report.account_balance as
select a.account_id, a.code, a.name, a.kind, a.asset, b.posted, b.holds, b.posted - b.holds - b.floor as available, b.floor,
       b.excused, b.version, b.facts_version, a.status
  from ledger.account a join ledger.balance b using (account_id);

create view report.posting as
select p.journal_id, p.line, p.account_id, p.asset, p.layer, p.amount, j.booked_at, j.kind, j.reason, j.stream, j.batch, p.account_version
  from ledger.posting p join ledger.journal j using (journal_id, booking_date);

create view report.journal as
select journal_id, kind, reason, actor, booked_at, value_date, reverses, idempotency_key, authorization_id, booking_date, event_at, stream, batch
  from ledger.journal;

create function ledger.status_of(verdict text, chain ledger.hold) returns text language sql immutable as $$
    select case
        when chain.chain_id is null then verdict
        when chain.held > 0 and chain.reversed > 0 then 'partially_reversed'
        when chain.held > 0 then 'open'
        when chain.captured > 0 then 'captured'
        when chain.expired > 0 then 'expired'
        when chain.reversed > 0 then 'reversed'
        else 'closed' end
$$;

create view report.authorization as
select a.authorization_id, a.card_id, a.account_id, a.mti, a.stan, a.rrn, a.transmitted_at, a.acquirer, a.network_reference, a.approval_code,
       a.amount, a.asset, a.response_code, a.reason, ledger.status_of(a.verdict, h) as status,
       coalesce(h.authorized, 0) as authorized, coalesce(h.incremented, 0) as incremented, coalesce(h.reversed, 0) as reversed,
       coalesce(h.captured, 0) as captured, coalesce(h.refunded, 0) as refunded, coalesce(h.expired, 0) as expired,
       coalesce(h.held, 0) as held, a.received_at, a.answered_at, coalesce(h.expires_at, a.expires_at) as expires_at, a.chain_id,
       a.verdict, a.rule, a.policy, a.seen, a.request, a.message_id
  from ledger.authorization a left join ledger.hold h on h.chain_id = a.authorization_id;

create view report.authorization_event as
select chain_id, authorization_id, sequence, kind, amount, asset, at, message_id, journal_id, recorded_at from ledger.authorization_event;

create view report.message as
select message_id, link, direction, mti, stan, rrn, at, fields from ledger.message;

create view report.exception as
select exception_id, kind, opened_at, subject, amount, asset, status, owner, resolution_journal_id from ledger.exception;

create view report.audit as
select at, actor, action, subject, reason, detail, hash from ledger.audit;

-- Who may do what. The writer inserts facts and moves balances by column; it can update or delete no fact, nor reach a partition.
grant usage on schema ledger, report to cardline_writer, cardline_reader;
grant select on all tables in schema report to cardline_writer, cardline_reader;
grant select on ledger.asset, ledger.account, ledger.balance, ledger.card, ledger.stream_head, ledger.batch, ledger.journal, ledger.posting,
    ledger.authorization, ledger.authorization_event, ledger.hold, ledger.outcome, ledger.early_reversal, ledger.message, ledger.dead_letter, ledger.exception,
    ledger.audit, ledger.migration to cardline_writer, cardline_reader;
grant insert on ledger.account, ledger.balance, ledger.card, ledger.batch, ledger.journal, ledger.posting, ledger.authorization,
    ledger.authorization_event, ledger.hold, ledger.outcome, ledger.early_reversal, ledger.message, ledger.dead_letter, ledger.exception, ledger.audit to cardline_writer;
grant update (posted, holds, excused, version, facts_version) on ledger.balance to cardline_writer;
grant update (batch, link, last_id) on ledger.stream_head to cardline_writer;
grant update (authorized, incremented, reversed, captured, refunded, expired, held, last_event, expires_at) on ledger.hold to cardline_writer;
grant update (status, expiry, pvv) on ledger.card to cardline_writer;
grant update (status) on ledger.account to cardline_writer;
revoke execute on function ledger.make_partitions(date), ledger.open_asset(text, smallint, text, smallint, text) from public;
grant execute on function ledger.make_partitions(date) to cardline_writer;
