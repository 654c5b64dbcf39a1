-- In the session's own temporary schema: no privileges needed, no log written, gone with the transaction whatever happens.
create temporary table shadow_balance (account_id bigint primary key, posted bigint, holds bigint, excused bigint, version bigint,
    is_related boolean not null default false) on commit drop;
create temporary table shadow_hold (like ledger.hold including defaults, primary key (chain_id)) on commit drop;
create temporary table shadow_early_reversal (like ledger.early_reversal, primary key (reference, key)) on commit drop;
