insert into ledger.seal (number, at, heads, hash) values ($1, $2, $3, $4)
