-- In the batch's transaction, under the locks of the cards' accounts.
insert into ledger.card_counter (card_id, pin_tries, atc, atc_seen, changed_at)
select u.card_id, u.pin_tries, u.atc, u.atc_seen, $5
  from unnest($1::bigint[], $2::smallint[], $3::integer[], $4::bigint[]) as u (card_id, pin_tries, atc, atc_seen)
    on conflict (card_id) do update
   set pin_tries = excluded.pin_tries, atc = excluded.atc, atc_seen = excluded.atc_seen, changed_at = excluded.changed_at
