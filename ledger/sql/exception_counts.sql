-- Exception items by kind, and how long the one that waits longest has waited; a kind stays listed when its last item is closed.
select kind, count(*) filter (where status = 'open') as open,
       coalesce(extract(epoch from clock_timestamp() - min(opened_at) filter (where status = 'open')), 0)::float8 as oldest_seconds
  from ledger.exception group by kind
