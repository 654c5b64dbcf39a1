select exception_id, kind, opened_at, subject, amount, asset, status, owner, said, reason, deadline, due_act, due_by, act, resolved_by, resolution_reason,
       resolved_at, resolution_journal_id
  from report.exception where subject = any ($1::text[]) order by opened_at, exception_id
