select 'journal ' || journal_id as subject, format('off by %s %s in layer %s', sum(amount), asset, layer) as detail
  from ledger.posting group by journal_id, asset, layer having sum(amount) <> 0
