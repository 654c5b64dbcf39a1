-- With which items this one was to be matched, and when the earlier of both was opened: its key is the match's. One that somebody has
-- ended otherwise is left out: a match ends both at once.
select i.counterpart, (select y.opened_at from ledger.exception y where y.exception_id = least(i.exception_id, i.counterpart)) as first_opened_at
  from clearing.match_intent i
 where i.exception_id = $1
   and not exists (select from clearing.exception_act a where a.exception_id = i.counterpart and a.act in ('booked', 'matched', 'written_off'))
 order by i.counterpart
