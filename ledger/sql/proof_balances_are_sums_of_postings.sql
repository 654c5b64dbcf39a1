with sums as (
    select account_id, coalesce(sum(amount) filter (where layer = 'posted'), 0) as posted,
           coalesce(sum(amount) filter (where layer = 'pending'), 0) as pending, count(*) as versions
      from ledger.posting group by account_id
), expected as (
    select a.account_id, case a.normal_side when 'debit' then 1 else -1 end * coalesce(s.posted, 0) as posted,
           case a.normal_side when 'debit' then -1 else 1 end * coalesce(s.pending, 0) as holds, coalesce(s.versions, 0) as versions
      from ledger.account a left join sums s using (account_id)
)
select 'account ' || e.account_id as subject,
       format('posted %s, postings say %s; holds %s, postings say %s; version %s of %s postings',
              b.posted, e.posted, b.holds, e.holds, b.version, e.versions) as detail
  from expected e left join ledger.balance b using (account_id)
 where (b.posted, b.holds, b.version) is distinct from (e.posted, e.holds, e.versions)
