-- The newest match of each record of a piece of a file: what was decided before a posting was cut off.
select distinct on (position) position, sequence, authorization_id, chain_id, account_id, amount, asset, rule, reason, concern,
       concern_amount, refers_file, refers_position
  from clearing.match where file_id = $1 and position between $2 and $3 order by position, sequence desc
