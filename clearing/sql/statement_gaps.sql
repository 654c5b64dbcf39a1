-- Statements of this date that open with what no statement of the day before, nor another of this day, closed with.
select s.reference, s.asset, s.opening, b.closing as closed_before
  from clearing.bank_statement s
 cross join lateral (select o.closing, o.closed_on from clearing.bank_statement o
                      where o.asset = s.asset and o.account = s.account and o.closed_on < s.closed_on
                      order by o.closed_on desc, o.reference desc limit 1) as b
 where s.closed_on = $1
   and not exists (select from clearing.bank_statement o
                    where o.asset = s.asset and o.account = s.account and o.closed_on in (b.closed_on, s.closed_on) and o.closing = s.opening
                      and (o.sha256, o.place) <> (s.sha256, s.place))
 order by s.asset, s.reference
