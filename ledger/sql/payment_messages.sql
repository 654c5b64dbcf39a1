-- What came and what was answered, masked; kept for its time only.
select message_id, link, direction, mti, stan, rrn, at, fields from report.message where message_id = any ($1::bigint[]) order by at, direction
