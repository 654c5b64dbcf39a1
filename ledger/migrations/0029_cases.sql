-- What is one case: all records of one presentment. And which record of a dispute each withdrawal takes back.

-- The records with the DE 31 of this one, on the same account; by what is left of the number where one was no card of ours.
create function clearing.records_of_case(of_file text, of_position integer) returns table (file_id text, "position" integer)
language sql stable as $$
    select r.file_id, r.position from clearing.record r where r.file_id = of_file and r.position = of_position
    union
    select o.file_id, o.position
      from clearing.record r
      join clearing.record o on o.arn = r.arn
      left join ledger.card k on k.card_id = r.card_id
      left join ledger.card c on c.card_id = o.card_id
     where r.file_id = of_file and r.position = of_position
       and coalesce(k.account_id = c.account_id, o.pan_masked is not distinct from r.pan_masked)
$$;

-- Each takes back one: the first with the same stage, amount and card that no other has taken back. is_worked_off: people have ended what it
-- took, so that what comes after is not taken back by it any more.
create view clearing.dispute_withdrawal as
select w.file_id, w.position, w.case_name, t.file_id as taken_file, t.position as taken_position,
       exists (select from ledger.exception x
                cross join lateral (select s.act from clearing.exception_act s
                                     where s.exception_id = x.exception_id and s.act not in ('assigned', 'noted')
                                     order by s.sequence desc limit 1) as a
                where x.subject = format('clearing %s/%s', w.file_id, w.position) and x.kind = 'dispute_withdrawn' and x.status = 'resolved'
                  and a.act <> 'settled_itself') as is_worked_off
  from clearing.dispute_record w
 cross join lateral (
       with numbered as (
           select d.file_id, d.position, d.stage, d.is_withdrawn, r.amount, r.asset, r.pan_masked,
                  row_number() over (partition by d.stage, d.is_withdrawn, r.amount, r.asset, r.pan_masked
                                     order by f.received_at, d.file_id, d.position) as number
             from clearing.dispute_record d join clearing.record r using (file_id, position) join clearing.file f using (file_id)
            where d.case_name = w.case_name)
       select d.file_id, d.position
         from numbered m
         join numbered d on not d.is_withdrawn and d.stage = m.stage and d.amount = m.amount and d.asset = m.asset
                        and d.pan_masked is not distinct from m.pan_masked and d.number = m.number
        where m.file_id = w.file_id and m.position = w.position) as t
 where w.is_withdrawn;

-- Records that matching had something against, that are not booked, that are settled otherwise than explained, or that take back a
-- dispute whose money people had moved by then: what items are raised of, by the posting and by a run alike.
drop view clearing.record_item;
create view clearing.record_item as
select r.file_id, r.position,
       case when r.status = 'unbookable' and r.booking_kind = 'unknown_currency' then 'unknown_currency'
            when r.status = 'unbookable' then 'unbookable_record' else coalesce(r.concern, 'not_booked') end as kind,
       coalesce(r.is_debit, true) as is_debit,
       coalesce(case when r.status <> 'unbookable' then m.concern_amount end, r.posted_amount, r.amount) as amount,
       coalesce(r.posted_asset, r.asset) as asset, coalesce(r.account_id, c.account_id) as account_id, r.message_reason as reason,
       case when r.status = 'unbookable' then coalesce(nullif(r.detail, ''), r.status)
            else coalesce(nullif(r.match_reason, ''), nullif(r.detail, ''), r.status) end as said,
       r.function_code, r.business_date
  from report.clearing_record r
  left join lateral (select s.concern_amount from clearing.match s where s.file_id = r.file_id and s.position = r.position
                      order by s.sequence desc limit 1) as m on true
  left join ledger.card c on c.card_id = r.card_id
 where r.concern is not null or r.status in ('received', 'unbookable')
union all
select r.file_id, r.position, 'flawed_record', r.is_debit, r.posted_amount, r.posted_asset, r.account_id, r.message_reason, r.fault,
       r.function_code, r.business_date
  from report.clearing_record r
 where r.kind is not null and r.fault is not null and r.status not in ('received', 'unbookable')
union all
select r.file_id, r.position, 'settled_otherwise', (r.settled_amount > r.posted_amount) = r.is_debit, abs(r.settled_amount - r.posted_amount),
       r.posted_asset, null::bigint, r.message_reason, 'settled by another amount than is billed, and nothing explains it',
       r.function_code, r.business_date
  from report.clearing_record r
 where r.settled_asset = r.posted_asset and r.settled_amount <> r.posted_amount
   and exists (select from clearing.booking d where d.file_id = r.file_id and d.position = r.position and d.kind = 'difference'
                  and d.status = 'suspense')
union all
select t.file_id, t.position, 'dispute_withdrawn', not t.is_debit, t.amount, t.asset, c.account_id, t.reason,
       case when d.kind is null then 'it withdraws a dispute that is not there' else 'the dispute was withdrawn after its money was used' end,
       t.function_code, t.business_date
  from clearing.dispute_record n
  join clearing.record t using (file_id, position)
  left join lateral (select * from clearing.dispute_withdrawal o where o.file_id = n.file_id and o.position = n.position offset 0) as w on true
  left join clearing.record d on d.file_id = w.taken_file and d.position = w.taken_position
  left join ledger.card c on c.card_id = t.card_id
 where n.is_withdrawn and t.amount > 0
   and (d.kind is null
        or exists (select from ledger.exception x
                    cross join lateral (select s.act from clearing.exception_act s
                                         where s.exception_id = x.exception_id and s.act not in ('assigned', 'noted')
                                         order by s.sequence desc limit 1) as a
                    where x.subject = format('clearing %s/%s', d.file_id, d.position) and x.kind = d.kind and x.status = 'resolved'
                      and a.act <> 'settled_itself'));

grant select on clearing.dispute_withdrawal to cardline_writer, cardline_reader, cardline_verifier;
grant select on clearing.record_item to cardline_writer, cardline_reader, cardline_verifier;
