-- Records that were ever matched to one of these authorizations, and what takes one of them back or disputes it; with their files.
with recursive own (file_id, position) as (
    select file_id, position from clearing.match where authorization_id = any ($1::bigint[])
     union
    select m.file_id, m.position from clearing.match m join own o on m.refers_file = o.file_id and m.refers_position = o.position)
select r.file_id, r.position, f.name as file_name, f.received_at, r.mti, r.function_code, r.kind, r.is_reversal, r.amount, r.asset, r.arn,
       r.business_date, r.authorization_id, r.match_rule, r.match_reason, r.concern, r.status, r.posted_amount, r.posted_asset, r.journal_id,
       r.message_reason, r.detail,
       coalesce((select max(b.at) from clearing.booking b where b.file_id = r.file_id and b.position = r.position), f.received_at) as at
  from own join report.clearing_record r using (file_id, position) join report.clearing_file f using (file_id)
 order by f.received_at, r.file_id, r.position
