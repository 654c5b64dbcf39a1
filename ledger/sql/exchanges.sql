-- Newest first. There is no index for this: it is asked by people, and payments would pay for it.
select i.message_id, i.link, i.at, i.mti, i.stan, i.rrn, o.mti as answer_mti, o.at as answered_at, o.code, o.more
  from report.message i
  left join lateral (
    select m.mti, m.at, m.fields ->> '39' as code, m.fields ->> '44' as more
      from report.message m where m.message_id = i.message_id and m.direction = 'out' limit 1) as o on true
 where i.direction = 'in' and (i.rrn = $1 or i.stan = $1)
 order by i.at desc limit $2
