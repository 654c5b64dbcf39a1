-- A record with its newest match and its newest main booking.
select r.file_id, r.position, r.kind, r.is_reversal, r.is_debit, r.is_last, r.at, f.sha256, f.received_at, r.function_code,
       r.amount as record_amount, r.asset as record_asset, r.transaction_amount, r.transaction_asset, r.mcc, r.entry_mode, r.business_date,
       m.sequence, m.authorization_id, m.chain_id, m.account_id, m.amount, m.asset, m.reason, m.actor, m.concern,
       exists (select from ledger.authorization a where a.authorization_id = m.chain_id and left(a.mti, 2) = '02') as is_of_single,
       b.sequence as booked_sequence, b.status, b.journal_id,
       (select j.value_date from ledger.journal j where j.journal_id = b.journal_id) as value_date,
       exists (select from clearing.match x join clearing.record y using (file_id, position)
                where x.refers_file = r.file_id and x.refers_position = r.position and y.is_reversal and y.kind = 'presentment') as is_taken_back
  from clearing.record r
  join clearing.file f using (file_id)
  left join lateral (select * from clearing.match s where s.file_id = r.file_id and s.position = r.position
                      order by s.sequence desc limit 1) as m on true
  left join lateral (select * from clearing.booking s where s.file_id = r.file_id and s.position = r.position and s.is_main
                      order by s.sequence desc limit 1) as b on true
 where r.file_id = $1 and r.position = $2
