-- What `doctor` asks of the server and the login. $1: timeouts that a writer does not set itself; those that some version lacks are left out.
select session_user::text as login,
       (select rolsuper from pg_roles where rolname = session_user) as is_superuser,
       pg_backend_pid() as pid,
       pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as is_read_only,
       array(select name from pg_settings where name in ('fsync', 'full_page_writes') and setting = 'off' order by name) as unsafe,
       current_setting('server_encoding') as encoding,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - (select count(*) from pg_stat_activity where backend_type = 'client backend')::int as connections_left,
       array(select name from pg_settings where name = any ($1::text[]) and setting <> '0' order by name) as timeout_names,
       array(select current_setting(name) from pg_settings where name = any ($1::text[]) and setting <> '0' order by name) as timeout_values
