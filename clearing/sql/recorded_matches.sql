-- The newest match of each record of a piece of a file: what was decided before a posting was cut off.
-- A dispute names no account that it books to, but whose authorization it is recorded on.
select distinct on (m.position) m.position, m.sequence, m.authorization_id, m.chain_id, m.account_id, m.amount, m.asset, m.rule, m.reason,
       m.concern, m.concern_amount, m.refers_file, m.refers_position,
       case when m.account_id is null then (select h.account_id from ledger.hold h where h.chain_id = m.chain_id) end as disputed_account_id
  from clearing.match m where m.file_id = $1 and m.position between $2 and $3 order by m.position, m.sequence desc
