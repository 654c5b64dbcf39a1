-- Journals booked in [$1, $2) that do not balance, and postings whose account has no version before theirs.
with lines as (
    select j.journal_id, p.account_id, p.asset, p.layer, p.amount, p.account_version from ledger.journal j
     cross join lateral (select * from ledger.posting f where f.journal_id = j.journal_id and f.booking_date = j.booking_date offset 0) as p
     where j.booked_at >= $1 and j.booked_at < $2
)
select 'journal ' || journal_id as subject, format('off by %s %s in layer %s', sum(amount), asset, layer) as detail
  from lines group by journal_id, asset, layer having sum(amount) <> 0
union all
select 'account ' || account_id, format('has no version before %s', account_version) from lines l
 where account_version <> 1 and not exists (
    select from ledger.posting f where f.account_id = l.account_id and f.account_version = l.account_version - 1 offset 0)
