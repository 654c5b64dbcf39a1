-- Presentments of the payments that these records belong to, whose items say that too much was presented, with what stands of each and of
-- those after it. A record that came before its payment is known to belong to it by their trace id.
with payment as (
    select t.chain_id from unnest($1::text[], $2::integer[]) as n (file_id, position) join clearing.match t using (file_id, position)
     where t.chain_id is not null
    union
    select o.chain_id from unnest($1::text[], $2::integer[]) as n (file_id, position)
      join clearing.record q using (file_id, position) join clearing.match t using (file_id, position)
      join ledger.outcome o on o.account_id = t.account_id and o.trace_id = q.trace_id
     where t.chain_id is null and o.mti in ('0100', '0120', '0200', '0220') and o.chain_id is not null
), live as (
    select r.file_id, r.position, r.function_code, r.is_debit, r.amount as record_amount, r.asset as record_asset, r.transaction_amount,
           r.transaction_asset, r.mcc, r.entry_mode, r.business_date, f.received_at, m.authorization_id, m.account_id, m.chain_id, m.amount, m.asset,
           sum(m.amount) over (partition by m.chain_id order by f.received_at desc, r.file_id desc, r.position desc)::bigint as from_here
      from (select distinct e.chain_id, e.authorization_id from payment join ledger.authorization_event e using (chain_id)) as c
      join clearing.match m on m.authorization_id = c.authorization_id and m.chain_id = c.chain_id and m.account_id is not null
      join clearing.record r using (file_id, position)
      join clearing.file f using (file_id)
     where r.kind = 'presentment' and not r.is_reversal and r.is_debit
       and not exists (select from clearing.match n where n.file_id = m.file_id and n.position = m.position and n.sequence > m.sequence)
       and not exists (select from clearing.match n join clearing.record y using (file_id, position)
                        where n.refers_file = r.file_id and n.refers_position = r.position and y.is_reversal and y.kind = 'presentment')
)
select live.*, x.exception_id, x.opened_at
  from live join ledger.exception x on x.subject = format('clearing %s/%s', live.file_id, live.position) and x.kind = 'over_cleared'
 where x.status = 'open' order by x.exception_id
