-- A whole batch in one statement. Nought rows from head: another process owns the stream now. Fewer outcomes than
-- asked: another process stored one of these keys first, and the batch is decided again.
with head as (
    update ledger.stream_head set batch = $2, link = $3, last_id = $4 where stream = $1 and batch = $2 - 1 returning 1
), link as (
    insert into ledger.batch (stream, batch, link, items, booked_at, booking_date) values ($1, $2, $3, $5, $6, $7)
), balances as (
    update ledger.balance b set posted = u.posted, holds = u.holds, excused = u.excused, version = u.version, is_related = u.is_related
      from unnest($8::ledger.balance_row_2[]) as u where b.account_id = u.account_id returning 1
), journals as (
    insert into ledger.journal (journal_id, booking_date, value_date, kind, reason, event_at, booked_at, actor, reverses,
           idempotency_key, content_hash, authorization_id, stream, batch)
    select u.journal_id, $7, u.value_date, u.kind, u.reason, u.event_at, $6, u.actor, u.reverses,
           u.idempotency_key, u.content_hash, u.authorization_id, $1, $2 from unnest($9::ledger.journal_row_1[]) as u
), postings as (
    insert into ledger.posting (journal_id, line, booking_date, account_id, asset, layer, amount, account_version)
    select u.journal_id, u.line, $7, u.account_id, u.asset, u.layer, u.amount, u.account_version
      from unnest($10::ledger.posting_row_1[]) as u
), authorizations as (
    insert into ledger.authorization (authorization_id, booking_date, chain_id, card_id, account_id, mti, stan, rrn, transmitted_at,
           acquirer, network_reference, approval_code, amount, asset, response_code, verdict, reason, rule, policy, seen, request,
           message_id, received_at, answered_at, expires_at, stream, batch)
    select u.authorization_id, $7, u.chain_id, u.card_id, u.account_id, u.mti, u.stan, u.rrn, u.transmitted_at,
           u.acquirer, u.network_reference, u.approval_code, u.amount, u.asset, u.response_code, u.verdict, u.reason, u.rule, u.policy,
           u.seen, u.request, u.message_id, u.received_at, $6, u.expires_at, $1, $2
      from unnest($11::ledger.authorization_row_1[]) as u
), events as (
    insert into ledger.authorization_event (chain_id, sequence, booking_date, authorization_id, kind, amount, asset, at, recorded_at,
           message_id, journal_id, stream, batch)
    select u.chain_id, u.sequence, $7, u.authorization_id, u.kind, u.amount, u.asset, u.at, $6, u.message_id, u.journal_id, $1, $2
      from unnest($12::ledger.event_row_1[]) as u
), opened as (
    insert into ledger.hold (chain_id, account_id, asset, authorized, incremented, reversed, captured, refunded, expired, held,
           last_event, expires_at)
    select u.* from unnest($13::ledger.hold_row_1[]) as u
), changed as (
    update ledger.hold h set authorized = u.authorized, incremented = u.incremented, reversed = u.reversed, captured = u.captured,
           refunded = u.refunded, expired = u.expired, held = u.held, last_event = u.last_event, expires_at = u.expires_at
      from unnest($14::ledger.hold_row_1[]) as u where h.chain_id = u.chain_id returning 1
), outcomes as (
    insert into ledger.outcome (key, key_date, content, mti, account_id, authorization_id, chain_id, trace_id, rrn, original_key,
           original_trace, replacement, verdict, reason, response_code, approval_code, amount, available, message_id, recorded_at,
           stream, batch)
    select u.key, u.key_date, u.content, u.mti, u.account_id, u.authorization_id, u.chain_id, u.trace_id, u.rrn, u.original_key,
           u.original_trace, u.replacement, u.verdict, u.reason, u.response_code, u.approval_code, u.amount, u.available, u.message_id,
           $6, $1, $2
      from unnest($15::ledger.outcome_row_1[]) as u
    on conflict do nothing returning 1
), early as (
    insert into ledger.early_reversal (reference, account_id, replacement, key)
    select u.reference, u.account_id, u.replacement, u.key from unnest($17::ledger.early_row_1[]) as u
), exceptions as (
    insert into ledger.exception (kind, opened_at, subject, amount, asset)
    select u.kind, $6, u.subject, u.amount, u.asset from unnest($16::ledger.exception_row_1[]) as u
     where not exists (select from ledger.exception x where x.subject = u.subject and x.kind = u.kind)
)
select (select count(*) from head) as heads, (select count(*) from balances) as balances,
       (select count(*) from changed) as chains, (select count(*) from outcomes) as outcomes
