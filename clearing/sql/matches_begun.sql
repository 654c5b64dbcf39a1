-- With which items this one was to be matched, and when the earlier of both was opened: its key is the match's.
select i.counterpart, (select y.opened_at from ledger.exception y where y.exception_id = least(i.exception_id, i.counterpart)) as first_opened_at
  from clearing.match_intent i where i.exception_id = $1 order by i.counterpart
