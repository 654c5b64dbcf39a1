-- Every seal follows from the one before it, its first line from its columns, and what a closed period's last seal says
-- from the postings, in one pass over them: summed by day and by the first closed end on or after it, then cumulated.
-- Nothing is closed or reopened without a line in the audit.
-- Infinite days, which came from drivers before they were refused, count as the ends of the calendar.
with seals as (
    select s.*, lag(s.hash) over (order by s.seal) as hash_before, lag(s.seal) over (order by s.seal) as seal_before,
           max(s.seal) over (partition by s.kind, s.starts order by s.seal rows between unbounded preceding and 1 preceding) as same_before,
           'seal|' || s.seal || '|' || s.kind
               || '|' || (least(greatest(s.starts, date '0001-01-01'), date '9999-12-31') - date '1970-01-01')
               || '|' || (least(greatest(s.ends, date '0001-01-01'), date '9999-12-31') - date '1970-01-01')
               || '|' || coalesce(s.supersedes::text, '') || '|' || (extract(epoch from s.at) * 1000000)::bigint
               || '|' || length(s.closed_by) || ':' || s.closed_by || '|' || length(s.reason) || ':' || s.reason as head
      from ledger.period_seal s
), acts as (
    select * from ledger.audit where action in ('period_closed', 'period_reopened')
), in_force as (
    select p.kind, p.starts, p.ends, s.seal, s.text, s.head from ledger.period p
      left join lateral (select * from seals l where l.kind = p.kind and l.starts = p.starts order by l.seal desc limit 1) as s on true
     where p.status = 'closed'
), ends as (
    select distinct ends from in_force
), days as (
    select p.booking_date, p.account_id, p.asset, p.layer, sum(p.amount) as amount from ledger.posting p
     where p.booking_date <= (select max(ends) from ends) group by 1, 2, 3, 4
), movements as (
    select (select min(e.ends) from ends e where e.ends >= d.booking_date) as ends, d.kind, d.asset, d.layer, d.amount
      from (select d.booking_date, a.kind, d.asset, d.layer, sum(d.amount) as amount
              from days d join ledger.account a using (account_id) group by 1, 2, 3, 4) as d
), balances as (
    select e.ends, n.kind, n.asset, n.layer, sum(sum(m.amount)) over w as amount, sum(count(m.ends)) over w as movements
      from ends e cross join (select distinct kind, asset, layer from movements) as n
      left join movements m on m.ends = e.ends and m.kind = n.kind and m.asset = n.asset and m.layer = n.layer
     group by e.ends, n.kind, n.asset, n.layer
    window w as (partition by n.kind, n.asset, n.layer order by e.ends)
), texts as (
    select ends, string_agg('balance|' || length(kind) || ':' || kind || '|' || length(asset) || ':' || asset || '|'
               || length(layer) || ':' || layer || '|' || amount, E'\n' order by kind collate "C", asset collate "C", layer collate "C") as text
      from balances where movements > 0 group by ends
)
select subject, detail from (
    select 'seal ' || seal as subject, 'its hash does not follow from the seal before it and its text' as detail
      from seals where hash is distinct from sha256(coalesce(hash_before, ''::bytea) || convert_to(text, 'UTF8'))
    union all
    select 'seal ' || seal, 'the seal before it is missing' from seals where seal <> coalesce(seal_before, 0) + 1
    union all
    select 'seal ' || seal, 'its text names another period, person, time or reason' from seals where split_part(text, E'\n', 1) <> head
    union all
    select 'seal ' || seal, 'does not say which seal it supersedes' from seals where supersedes is distinct from same_before
    union all
    select 'seal ' || s.seal, 'seals a period that is not there' from seals s left join ledger.period p using (kind, starts)
     where p.ends is distinct from s.ends
    union all
    select kind || ' ' || starts, 'is closed without a seal' from in_force where seal is null
    union all
    select f.kind || ' ' || f.starts, 'seal ' || f.seal || ' does not say what the postings say'
      from in_force f left join texts t using (ends) where f.seal is not null and f.text <> f.head || coalesce(E'\n' || t.text, '')
    union all
    select 'seal ' || seal, 'has no line in the audit' from seals s
     where not exists (select from acts a where a.action = 'period_closed' and a.detail = 'seal ' || s.seal || ' ' || encode(s.hash, 'hex'))
    union all
    select 'audit line ' || audit_id, 'tells of a seal that is not there: ' || subject from acts a
     where a.action = 'period_closed' and not exists (select from seals s where a.detail = 'seal ' || s.seal || ' ' || encode(s.hash, 'hex'))
    union all
    select p.subject, 'is ' || p.status || ', though the audit last says ' || coalesce(a.action, 'nothing of it')
      from (select kind || ' ' || to_char(greatest(starts, date '0001-01-01'), case kind when 'day' then 'YYYY-MM-DD' else 'YYYY-MM' end) as subject,
                   status from ledger.period) as p
      full join (select distinct on (subject) subject, action from acts order by subject, audit_id desc) as a using (subject)
     where (p.status = 'closed') is distinct from (coalesce(a.action, '') = 'period_closed')
) as broken
