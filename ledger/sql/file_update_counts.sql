select count(*) filter (where state = 'pending') as pending, count(*) filter (where state = 'failed' and is_latest) as failed,
       coalesce(extract(epoch from clock_timestamp() - min(made_at) filter (where state = 'pending')), 0)::float8 as oldest_seconds
  from report.file_update where state <> 'done'
