select asset, max(closed_on) as closed_on from clearing.bank_statement group by asset order by asset
