-- What was not taken in, by kind; nought where nothing of it ever was.
select k.kind, count(r.refusal_id) as refusals from (values ('clearing_file'), ('bank_statement')) as k (kind)
  left join clearing.refusal r using (kind) group by k.kind
