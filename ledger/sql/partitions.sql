-- $1 today. For each table of facts the months that should be attached around it (as make_partitions makes them), those
-- that are not, and how many months after today's follow each other without a gap.
with wanted as (
    select parent, ahead, format('%s_%s', parent, to_char(date_trunc('month', $1::date::timestamp) + make_interval(months => ahead), 'YYYY_MM')) as name
      from (values ('journal', 0, 2), ('posting', 0, 2), ('authorization', 0, 2), ('authorization_event', 0, 2), ('message', 0, 2),
                   ('outcome', -7, 8)) as t (parent, first, last),
           generate_series(t.first, t.last) as ahead
), seen as (
    select w.parent, w.ahead, w.name, exists (
               select from pg_inherits i where i.inhparent = to_regclass('ledger.' || w.parent)
                  and i.inhrelid = to_regclass('ledger.' || w.name)) as is_there
      from wanted w
)
select parent, coalesce(min(ahead) filter (where not is_there and ahead >= 0), max(ahead) + 1)::int - 1 as months_ahead,
       coalesce(array_agg(name order by ahead) filter (where not is_there), '{}') as missing
  from seen group by parent order by parent
