-- Whether somebody reopened a period that the day $1 lies in, and nothing on or after that day is closed.
select exists (select from ledger.period where status = 'open' and $1 between starts and ends)
   and not exists (select from ledger.period where status <> 'open' and ends >= $1)
