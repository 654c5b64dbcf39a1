-- One row per link. What is listed there already is changed instead of added. Without the card's number nothing can be said.
insert into ledger.file_update (card_id, link, listing, update_code, state, result, ended_at, actor, reason)
select $1, link, $2,
       case when $2 = 'unlisted' then '3'
            when (select p.listing <> 'unlisted' from ledger.file_update p
                   where p.card_id = $1 and p.link = l.link and p.state = 'done' order by p.update_id desc limit 1) then '2'
            else '1' end,
       case when n.card_id is null then 'failed' else 'pending' end,
       case when n.card_id is null then 'number_not_kept' end,
       case when n.card_id is null then clock_timestamp() end,
       $4, $5
  from unnest($3::text[]) as l (link) left join ledger.card_number n on n.card_id = $1
 order by l.link
