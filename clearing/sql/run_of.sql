select run_id, result, at from clearing.run where business_date = $1 and rules = $2 and inputs = $3
