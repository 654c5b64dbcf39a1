-- Open items about authorizations that had not been presented, and have been since. Each is looked up: holds are far more than items.
select x.exception_id, x.kind, x.subject from ledger.exception x
 cross join lateral (select s.* from ledger.hold s
                      where s.chain_id = substring(x.subject from '^authorization ([0-9]{1,18})$')::bigint offset 0) as h
 where x.status = 'open' and x.kind = 'not_presented' and (h.captured > 0 or h.authorized + h.incremented <= h.reversed)
 order by x.exception_id
