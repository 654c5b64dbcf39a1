-- What refers to what is looked up within one account: a merchant (or a peer) that sends the same trace id or retrieval reference
-- number again and again must not make everybody's payments slower.
create index outcome_account_trace on ledger.outcome (account_id, trace_id);
create index outcome_account_rrn on ledger.outcome (account_id, rrn);
drop index ledger.outcome_trace;
drop index ledger.outcome_rrn;

-- Whether anything is stored that a later payment of this account has to be related to beside its own key: an advice of the network,
-- or a reversal that came before what it reverses. Few accounts ever have either, and the others' payments need not be looked up by
-- trace id. Written under the account's lock with what it speaks of; once true it stays. Proved by verify.
alter table ledger.balance add column is_related boolean not null default false;
update ledger.balance b set is_related = true
 where exists (select from ledger.outcome o where o.account_id = b.account_id and o.mti = '0120')
    or exists (select from ledger.early_reversal e where e.account_id = b.account_id);
grant update (is_related) on ledger.balance to cardline_writer;

create type ledger.balance_row_2 as (account_id bigint, posted bigint, holds bigint, excused bigint, version bigint, is_related boolean);
