-- A record whose flaw lies beside its booking is posted with what is sound of it: `fault` no longer means that nothing is booked.
-- kind null means that. Its amount is then what is at stake, as far as it can be read.

alter table clearing.record
    drop constraint record_check,
    add constraint record_understood_check check (kind is null or amount is not null),
    add constraint record_fault_check check (kind is not null or fault is not null);

-- What items are raised of, by the posting and by a run alike: records that are not booked, else what matching had against them; and
-- beside either what of a booked one cannot be read.
-- is_credited: of a second presentment, whether the cardholder already has the money of the chargeback.
create or replace view clearing.record_item as
select r.file_id, r.position,
       case when r.status = 'unbookable' and r.booking_kind = 'unknown_currency' then 'unknown_currency'
            when r.status = 'unbookable' then 'unbookable_record' else coalesce(r.concern, 'not_booked') end as kind,
       coalesce(r.is_debit, true) as is_debit,
       coalesce(case when r.status <> 'unbookable' then m.concern_amount end, r.posted_amount, r.amount) as amount,
       coalesce(r.posted_asset, r.asset) as asset, coalesce(r.account_id, c.account_id) as account_id, r.message_reason as reason,
       case when r.status = 'unbookable' then coalesce(nullif(r.detail, ''), r.status)
            else coalesce(nullif(r.match_reason, ''), nullif(r.detail, ''), r.status) end as said,
       exists (select from clearing.record o join ledger.exception x on x.subject = format('clearing %s/%s', o.file_id, o.position)
                where r.kind = 'second_presentment' and o.arn = r.arn and o.kind = 'chargeback' and x.kind = 'chargeback'
                  and x.resolution_journal_id is not null) as is_credited,
       r.function_code, r.business_date
  from report.clearing_record r
  left join lateral (select s.concern_amount from clearing.match s where s.file_id = r.file_id and s.position = r.position
                      order by s.sequence desc limit 1) as m on true
  left join ledger.card c on c.card_id = r.card_id
 where r.concern is not null or r.status in ('received', 'unbookable')
union all
select r.file_id, r.position, 'flawed_record', r.is_debit, r.posted_amount, r.posted_asset, r.account_id, r.message_reason, r.fault, false,
       r.function_code, r.business_date
  from report.clearing_record r
 where r.kind is not null and r.fault is not null and r.status not in ('received', 'unbookable');
