-- Open items about authorizations that had not been presented, and have been since.
select x.exception_id, x.kind, x.subject from ledger.exception x
  join ledger.hold h on x.subject = 'authorization ' || h.chain_id
 where x.status = 'open' and x.kind = 'not_presented' and (h.captured > 0 or h.authorized + h.incremented <= h.reversed)
 order by x.exception_id
