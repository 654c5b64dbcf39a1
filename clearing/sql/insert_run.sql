insert into clearing.run (business_date, rules, inputs, result, actor) values ($1, $2, $3, $4, $5) returning run_id
