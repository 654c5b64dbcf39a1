-- What was done with each period, from its seals and the audit (which names a period as people write it).
with acts as (
    select kind, starts, 'sealed' as act, seal, supersedes, closed_by as actor, at, reason, hash from ledger.period_seal
    union all
    select p.kind, p.starts, 'reopened', null, null, a.actor, a.at, a.reason, null
      from ledger.audit a join ledger.period p
        on a.subject = p.kind || ' ' || to_char(p.starts, case p.kind when 'day' then 'YYYY-MM-DD' else 'YYYY-MM' end)
     where a.action = 'period_reopened'
)
select p.kind, p.starts, p.ends, p.status, a.act, a.seal, a.supersedes, a.actor, a.at, a.reason, a.hash
  from ledger.period p left join acts a using (kind, starts) order by p.ends, p.kind, a.at, a.seal
