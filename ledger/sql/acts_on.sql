-- Newest first. There is no index for this: it is asked by people, and the acts of people are few.
select at, actor, action, subject, reason, detail from report.audit
 where subject = any ($1::text[]) and at <= coalesce($2::timestamptz, 'infinity')
 order by at desc limit $3
