-- A card's updates leave in their order: a block that is repeated must not overtake the unblocking after it.
with due as (
    select u.update_id
      from ledger.file_update u
     where u.state = 'pending' and u.link = any ($1::text[]) and u.due_at <= clock_timestamp()
       and (u.claimed_until is null or u.claimed_until <= clock_timestamp())
       and not exists (select from ledger.file_update o
                        where o.card_id = u.card_id and o.link = u.link and o.state = 'pending' and o.update_id < u.update_id)
     order by u.update_id limit $2
       for no key update skip locked
)
update ledger.file_update u
   set claim = u.claim + 1, attempts = u.attempts + 1, claimed_until = clock_timestamp() + make_interval(secs => $3)
  from due, ledger.card k, ledger.card_number n
 where u.update_id = due.update_id and k.card_id = u.card_id and n.card_id = u.card_id
returning u.update_id, u.claim, u.card_id, u.link, u.listing, u.update_code, u.attempts, k.expiry, n.sealed
