select encode(original_key, 'hex') as original_key, original_trace, account_id, replacement, key
  from ledger.outcome where original_key is not null or original_trace is not null
