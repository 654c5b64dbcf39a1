insert into ledger.working_key (link, key_exchange) values ($1, $2)
    on conflict (link) do update set key_exchange = excluded.key_exchange, activated_at = now()
