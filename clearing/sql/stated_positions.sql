select file_id, number, service, asset, business_date, cycle, function, processing, is_reversal, debits, credits, debit_count, credit_count,
       fee, net, pays_on
  from clearing.position where business_date = $1 and fault is null order by file_id, number
