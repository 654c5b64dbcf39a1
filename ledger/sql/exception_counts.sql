-- Exception items that wait, by kind and by how long they have; found by their index, however many have been worked off.
select kind, count(*) as open, extract(epoch from clock_timestamp() - min(opened_at))::float8 as oldest_seconds,
       count(*) filter (where opened_at > now() - interval '1 day') as day,
       count(*) filter (where opened_at <= now() - interval '1 day' and opened_at > now() - interval '7 days') as week,
       count(*) filter (where opened_at <= now() - interval '7 days' and opened_at > now() - interval '30 days') as month,
       count(*) filter (where opened_at <= now() - interval '30 days') as older
  from ledger.exception where status = 'open' group by kind
