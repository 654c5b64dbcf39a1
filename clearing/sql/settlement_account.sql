-- Over which account our settlement in this asset runs, as the first statement has said; and whether this statement is there.
select min(account) as account, coalesce(bool_or(reference = $2), false) as is_there from clearing.bank_statement where asset = $1
