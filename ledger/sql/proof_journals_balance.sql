-- Every journal has postings, every posting a journal, and they sum to zero per asset and layer.
with sums as (
    select journal_id, booking_date, asset, sum(amount) filter (where layer = 'posted') as posted, sum(amount) filter (where layer = 'pending') as pending
      from ledger.posting group by journal_id, booking_date, asset
)
select 'journal ' || coalesce(s.journal_id, j.journal_id) as subject,
       case when j.journal_id is null then 'is not there, but has postings' when s.journal_id is null then 'has no postings'
            else format('off by %s posted and %s pending %s', coalesce(s.posted, 0), coalesce(s.pending, 0), s.asset) end as detail
  from sums s full join (select journal_id, booking_date from ledger.journal) as j using (journal_id, booking_date)
 where j.journal_id is null or s.journal_id is null or s.posted <> 0 or s.pending <> 0
