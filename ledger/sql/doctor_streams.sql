-- $1: first key of the locks that lease streams. How many are leased in this database.
select count(distinct objid)::int from pg_locks
 where locktype = 'advisory' and granted and objsubid = 2 and classid::bigint = $1::int
   and database = (select oid from pg_database where datname = current_database())
