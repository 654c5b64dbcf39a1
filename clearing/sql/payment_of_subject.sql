-- The payment that an item is about, by the item's subject: an authorization, a record as it is matched now, or a request's key in hex.
select a.authorization_id, a.rrn
  from (select case
          when $1::text ~ '^authorization [0-9]{1,18}$' then substr($1, 15)::bigint
          when $1 ~ '(^|clearing )[0-9]+/[0-9]{1,9}$' then
              (select m.authorization_id from clearing.match m
                where m.file_id = substring($1 from '([0-9]+)/[0-9]+$') and m.position = substring($1 from '/([0-9]+)$')::integer
                order by m.sequence desc limit 1)
          when $1 ~ '^[0-9a-f]{32}$' then
              (select o.authorization_id from ledger.outcome o where o.key = decode($1, 'hex') order by o.recorded_at limit 1)
        end as authorization_id) as named
 cross join lateral (select s.authorization_id, s.rrn from ledger.authorization s where s.authorization_id = named.authorization_id limit 1) as a
