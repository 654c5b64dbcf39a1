-- All holds that stand, by the time until they expire; reads the whole index by expiry.
select count(*) filter (where expires_at <= now()) as over,
       count(*) filter (where expires_at > now() and expires_at <= now() + interval '1 day') as day,
       count(*) filter (where expires_at > now() + interval '1 day' and expires_at <= now() + interval '7 days') as week,
       count(*) filter (where expires_at > now() + interval '7 days' and expires_at <= now() + interval '30 days') as month,
       count(*) filter (where expires_at > now() + interval '30 days') as later
  from ledger.hold where held > 0
