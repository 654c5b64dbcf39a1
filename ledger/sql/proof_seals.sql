-- Every seal follows from the one before it, and every head that was sealed is still in the books as it was: of the streams, of the
-- audit and of the periods' seals. A text that is no list of heads is left to its hash.
with chained as (
    select number, at, heads, hash, lag(number, 1, 0::bigint) over w as number_before, lag(hash, 1, ''::bytea) over w as hash_before
      from ledger.seal window w as (order by number)
), lines as materialized (
    select number, line from ledger.seal cross join lateral unnest(string_to_array(heads, E'\n')) as line
     where line ~ '^\d{1,2}\|\d{1,18}\|[0-9a-f]{64}$'
), acts as materialized (
    select split_part(line, '|', 1) as kind, split_part(line, '|', 2)::bigint as id, split_part(line, '|', 3) as hash, min(number) as number
      from ledger.seal cross join lateral unnest(string_to_array(heads, E'\n')) as line
     where line ~ '^(audit|period)\|\d{1,18}\|[0-9a-f]{64}$' group by 1, 2, 3
), heads as materialized (
    select number, split_part(line, '|', 1)::smallint as stream, split_part(line, '|', 2)::bigint as batch, split_part(line, '|', 3) as link
      from lines
)
select 'seal ' || number as subject, detail from (
    select number, 'its hash does not follow from its text and the seal before' as detail from chained
     where hash <> sha256(hash_before || convert_to(
               format(E'seal|%s|%s\n%s', number, (extract(epoch from at) * 1000000)::bigint, heads), 'UTF8'))
    union all
    select number, 'the seal before it is missing' from chained where number <> number_before + 1
    union all
    select h.number, case when b.link is null then format('stream %s has lost batch %s, which it sealed', h.stream, h.batch)
                          else format('stream %s batch %s is not as it was sealed', h.stream, h.batch) end
      from heads h left join ledger.batch b using (stream, batch) where encode(b.link, 'hex') is distinct from h.link
    union all
    select h.number, format(case when a.hash is null then 'audit line %s, which it sealed, is gone' else 'audit line %s is not as it was sealed' end, h.id)
      from acts h left join ledger.audit a on a.audit_id = h.id where h.kind = 'audit' and encode(a.hash, 'hex') is distinct from h.hash
    union all
    select h.number, format(case when s.hash is null then 'seal %s of a period, which it sealed, is gone' else 'seal %s of a period is not as it was sealed' end, h.id)
      from acts h left join ledger.period_seal s on s.seal = h.id where h.kind = 'period' and encode(s.hash, 'hex') is distinct from h.hash
) as broken
