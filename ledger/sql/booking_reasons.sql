-- The act says which journal it was: the journal itself knows the actor and a code, not the words.
select substring(detail from '^journal (\d+),')::bigint as journal_id, reason from report.audit
 where subject = $1 and action in ('account_fund', 'account_withdraw') and detail like 'journal %'
