-- The newest refusals, of one file by its content or of all.
select at, kind, actor, name, sha256, file_id, record, element, tag, byte, place, reason from report.clearing_refusal
 where $1::text is null or sha256 = $1 order by refusal_id desc limit $2
