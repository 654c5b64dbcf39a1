-- Everything stored before that a batch may refer to. Runs after the locking statement, in a statement of its own:
-- a look-up inside it would not see what another process stored while we waited.
-- $1/$2 keys and their dates; $3/$4 accounts and trace ids, $5/$6 accounts and RRNs of reversals, $7..$8 the days in which a
-- relation may lie; $9 keys and trace ids under which a reversal may have come before what it reverses (such a row has no key).
-- offset 0 and limit pin the order: planned on tables still empty, the planner would read all outcomes first and filter them.
-- One account's relations under one name are bounded: a name that is used hundreds of times names nothing.
select o.key, o.key_date, o.content, o.mti, o.account_id, o.authorization_id, o.chain_id, o.trace_id, o.rrn, o.original_key,
       o.original_trace, o.replacement, o.verdict, o.reason, o.response_code, o.approval_code, o.amount, o.available
  from unnest($1::bytea[], $2::date[]) as k (key, key_date)
 cross join lateral (select * from ledger.outcome s where s.key = k.key and s.key_date = k.key_date offset 0) as o
union all
select o.key, o.key_date, o.content, o.mti, o.account_id, o.authorization_id, o.chain_id, o.trace_id, o.rrn, o.original_key,
       o.original_trace, o.replacement, o.verdict, o.reason, o.response_code, o.approval_code, o.amount, o.available
  from unnest($3::bigint[], $4::text[]) as t (account_id, trace_id)
 cross join lateral (
    select * from ledger.outcome s
     where s.account_id = t.account_id and s.trace_id = t.trace_id and s.key_date between $7::date and $8::date limit 200) as o
union all
select o.key, o.key_date, o.content, o.mti, o.account_id, o.authorization_id, o.chain_id, o.trace_id, o.rrn, o.original_key,
       o.original_trace, o.replacement, o.verdict, o.reason, o.response_code, o.approval_code, o.amount, o.available
  from unnest($5::bigint[], $6::text[]) as t (account_id, rrn)
 cross join lateral (
    select * from ledger.outcome s
     where s.account_id = t.account_id and s.rrn = t.rrn and s.key_date between $7::date and $8::date limit 200) as o
union all
select null, null, null, null, e.account_id, null, null, e.reference, null, null, null, e.replacement, null, null, null, null, null, null
  from unnest($9::text[]) as r (reference)
 cross join lateral (select * from ledger.early_reversal s where s.reference = r.reference offset 0) as e
