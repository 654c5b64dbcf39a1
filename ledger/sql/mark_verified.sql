-- The cursors go forward only.
insert into ledger.verified (stream, batch, link)
select u.stream, u.batch, u.link from unnest($1::smallint[], $2::bigint[], $3::bytea[]) as u (stream, batch, link)
    on conflict (stream) do update set batch = excluded.batch, link = excluded.link, at = now() where ledger.verified.batch < excluded.batch
