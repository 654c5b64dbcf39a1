-- Names one history of the ledger: the server, its timeline (a promotion or a restore begins a new one), the database.
-- Account versions can be compared within one epoch only.
select format('%s.%s.%s', system_identifier, timeline_id, (select oid from pg_database where datname = current_database()))
  from pg_control_system(), pg_control_checkpoint()
