-- Files that are not posted to their end. Of which dates their records are is known only when they are read, so each may be of any.
select p.file_id, p.posted, p.messages from report.clearing_progress p where not p.is_posted order by p.file_id
