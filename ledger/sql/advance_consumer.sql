insert into ledger.consumer (name, stream, batch)
select $1, u.stream, u.batch from unnest($2::smallint[], $3::bigint[]) as u (stream, batch)
    on conflict (name, stream) do update set batch = excluded.batch, advanced_at = now()
