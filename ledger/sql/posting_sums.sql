-- Postings of accounts ($1) with versions after $2 and up to $3: how many, the sums per layer, debit positive.
select u.account_id, s.versions, s.posted, s.pending from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as u (account_id, after, until)
 cross join lateral (
    select count(distinct account_version) as versions, coalesce(sum(amount) filter (where layer = 'posted'), 0)::bigint as posted,
           coalesce(sum(amount) filter (where layer = 'pending'), 0)::bigint as pending
      from ledger.posting p where p.account_id = u.account_id and p.account_version > u.after and p.account_version <= u.until offset 0) as s
