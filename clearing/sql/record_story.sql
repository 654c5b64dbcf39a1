-- A record with its file, as records_of_payment has them, also one that belongs to no payment.
select r.file_id, r.position, f.name as file_name, f.received_at, r.mti, r.function_code, r.kind, r.is_reversal, r.amount, r.asset, r.arn,
       r.business_date, r.authorization_id, r.match_rule, r.match_reason, r.concern, r.status, r.posted_amount, r.posted_asset, r.journal_id,
       r.message_reason, r.detail,
       coalesce((select max(b.at) from clearing.booking b where b.file_id = r.file_id and b.position = r.position), f.received_at) as at
  from report.clearing_record r join report.clearing_file f using (file_id) where r.file_id = $1 and r.position = $2
