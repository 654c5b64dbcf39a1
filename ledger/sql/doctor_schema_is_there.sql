-- Also for a login that may not use the schema.
select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'ledger' and c.relname = 'migration')
