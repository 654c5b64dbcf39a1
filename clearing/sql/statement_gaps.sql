-- Statements of this date that do not open with what the one before them closed with.
select s.reference, s.asset, s.opening, b.closing as closed_before
  from clearing.bank_statement s
 cross join lateral (select o.closing from clearing.bank_statement o
                      where o.asset = s.asset and o.account = s.account and o.closed_on < s.closed_on
                      order by o.closed_on desc, o.reference desc limit 1) as b
 where s.closed_on = $1 and b.closing <> s.opening
 order by s.asset, s.reference
