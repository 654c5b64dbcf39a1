insert into clearing.run (business_date, rules, inputs, result, actor, records, agreeing) values ($1, $2, $3, $4, $5, $6, $7) returning run_id
