-- Until when an item must be acted on, from the moment it is raised; disputes as cases; who has an item and what was noted of it.

alter table ledger.exception add column due_on date;
create index exception_due on ledger.exception (due_on) where status = 'open' and due_on is not null;

-- An item is opened and resolved, nothing else; what it is about stays. A due date may be told later, and then stays too.
create or replace function ledger.keep_exception() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE'
       or (old.exception_id, old.kind, old.opened_at, old.subject, old.amount, old.asset)
          is distinct from (new.exception_id, new.kind, new.opened_at, new.subject, new.amount, new.asset)
       or (old.due_on is not null and new.due_on is distinct from old.due_on)
       or (old.status <> 'open' and new is distinct from old)
       or new.status not in ('open', 'resolved') then
        raise exception 'cardline: exception % is opened and resolved, nothing else', old.exception_id using errcode = 'CL002';
    end if;
    return new;
end $$;
grant update (due_on) on ledger.exception to cardline_writer;

-- What is due until the deadline and by whom, the day the clock started on, and which version of the terms says so. business_date: the
-- date that the item is of; what is booked for it later has this value date, so that the books of that date are put right.
alter table clearing.exception_case add column due_act text, add column due_by text, add column clock_on date, add column terms text,
    add column business_date date;

-- What a chargeback or second presentment says beyond its record. All that name one presentment (DE 31) are one case.
-- partial_*: PDS 0268. original_amount: DE 30. documents: PDS 0262. control_number: PDS 0241. due_*: what follows, until when, by whom.
create table clearing.dispute_record (
    file_id         text not null,
    position        integer not null,
    case_name       text not null,
    stage           text not null check (stage in ('chargeback', 'second_presentment', 'arbitration_chargeback')),
    is_withdrawn    boolean not null,
    is_partial      boolean not null,
    partial_amount  bigint,
    partial_asset   text,
    original_amount bigint,
    documents       text,
    control_number  text,
    reason_group    text,
    clock_on        date not null,
    due_on          date,
    due_act         text,
    due_by          text,
    terms           text not null,
    primary key (file_id, position),
    foreign key (file_id, position) references clearing.record
);
create index dispute_record_case on clearing.dispute_record (case_name);
select ledger.guard('clearing.dispute_record');

-- Records that matching had something against, or that are not booked: what items are raised of, by the posting and by a run alike.
-- is_credited: of a second presentment, whether the cardholder already has the money of the chargeback.
create view clearing.record_item as
select r.file_id, r.position, coalesce(r.concern, case when r.status = 'received' then 'not_booked' else 'unbookable_record' end) as kind,
       coalesce(r.is_debit, true) as is_debit, coalesce(m.concern_amount, r.posted_amount, r.amount) as amount,
       coalesce(r.posted_asset, r.asset) as asset, coalesce(r.account_id, c.account_id) as account_id, r.message_reason as reason,
       coalesce(nullif(r.match_reason, ''), nullif(r.detail, ''), r.status) as said,
       exists (select from clearing.record o join ledger.exception x on x.subject = format('clearing %s/%s', o.file_id, o.position)
                where r.kind = 'second_presentment' and o.arn = r.arn and o.kind = 'chargeback' and x.kind = 'chargeback'
                  and x.resolution_journal_id is not null) as is_credited,
       r.function_code, r.business_date
  from report.clearing_record r
  left join lateral (select s.concern_amount from clearing.match s where s.file_id = r.file_id and s.position = r.position
                      order by s.sequence desc limit 1) as m on true
  left join ledger.card c on c.card_id = r.card_id
 where r.concern is not null or r.status in ('received', 'unbookable');

-- Two items are about to be ended by one journal: written down before it is booked, so that neither is booked for alone
-- when the match was cut off between its journal and its end.
create table clearing.match_intent (
    exception_id bigint not null references ledger.exception,
    counterpart  bigint not null references ledger.exception,
    actor        text not null,
    at           timestamptz not null default clock_timestamp(),
    primary key (exception_id, counterpart)
);
select ledger.guard('clearing.match_intent');
grant select, insert on clearing.match_intent to cardline_writer;
grant select on clearing.match_intent to cardline_reader, cardline_verifier;

-- Assigned and noted are acts as well; they leave the item open.
alter table clearing.exception_act drop constraint exception_act_act_check;
alter table clearing.exception_act add constraint exception_act_act_check
    check (act in ('booked', 'matched', 'written_off', 'settled_itself', 'assigned', 'noted'));

create or replace view report.exception as
select x.exception_id, x.kind, x.opened_at, x.subject, x.amount, x.asset, x.status, x.owner, x.resolution_journal_id,
       c.said, c.reason, coalesce(x.due_on, c.deadline) as deadline, c.proposal,
       (now() at time zone 'UTC')::date - (x.opened_at at time zone 'UTC')::date as age_days,
       a.act, a.actor as resolved_by, a.reason as resolution_reason, a.at as resolved_at,
       c.due_act, c.due_by, c.clock_on, c.terms, x.status = 'open' and coalesce(x.due_on, c.deadline) < (now() at time zone 'UTC')::date as is_overdue
  from ledger.exception x
  left join clearing.exception_case c using (exception_id)
  left join lateral (select * from clearing.exception_act s where s.exception_id = x.exception_id and s.act not in ('assigned', 'noted')
                      order by s.sequence desc limit 1) as a on true;

create view report.exception_act as
select exception_id, sequence, act, actor, approved_by, reason, counterpart, journal_ids, at from clearing.exception_act;

-- Record by record, with what each booked and the item it raised.
create view report.dispute_record as
select d.case_name, d.file_id, d.position, d.stage, d.is_withdrawn, r.mti, r.function_code, r.reason as reason, d.reason_group, r.amount, r.asset,
       d.is_partial, d.partial_amount, d.partial_asset, d.original_amount, d.documents, d.control_number, r.arn, m.authorization_id,
       b.journal_id, d.clock_on, d.due_on, d.due_act, d.due_by, d.terms, x.exception_id, x.status as exception_status
  from clearing.dispute_record d join clearing.record r using (file_id, position)
  left join lateral (select * from clearing.match s where s.file_id = d.file_id and s.position = d.position order by s.sequence desc limit 1) as m on true
  left join lateral (select * from clearing.booking s where s.file_id = d.file_id and s.position = d.position and s.is_main
                      order by s.sequence desc limit 1) as b on true
  left join lateral (select * from ledger.exception s where s.subject = format('clearing %s/%s', d.file_id, d.position) and s.kind = r.kind
                      order by s.exception_id limit 1) as x on true;

-- A case is what its records say: it stands where the latest of them has brought it.
create view report.dispute_case as
select l.case_name, l.arn, f.authorization_id, f.reason, f.reason_group, n.control_number, n.records, f.clock_on as opened_on,
       case when l.is_withdrawn then l.stage || '_withdrawn' else l.stage end as stage, l.amount, l.asset, l.is_partial, l.documents,
       case when l.is_withdrawn then null else l.due_on end as due_on, case when l.is_withdrawn then null else l.due_act end as due_act,
       case when l.is_withdrawn then null else l.due_by end as due_by, n.open_exceptions,
       case when n.open_exceptions = 0 then 'closed' else 'open' end as status
  from (select distinct on (case_name) * from report.dispute_record order by case_name, clock_on desc, file_id desc, position desc) as l
  join (select distinct on (case_name) * from report.dispute_record order by case_name, clock_on, file_id, position) as f using (case_name)
  join (select case_name, count(*) as records, max(control_number) as control_number, count(*) filter (where exception_status = 'open') as open_exceptions
          from report.dispute_record group by case_name) as n using (case_name);

grant select, insert on clearing.dispute_record to cardline_writer;
grant select on clearing.record_item to cardline_writer;
grant select on clearing.dispute_record, clearing.record_item to cardline_reader, cardline_verifier;
grant select on report.exception, report.exception_act, report.dispute_record, report.dispute_case to cardline_writer, cardline_reader, cardline_verifier;

-- What is over without a presentment is looked for by day. BRIN: it costs the payment path next to nothing.
create index hold_expires_at on ledger.hold using brin (expires_at) with (pages_per_range = 32, autosummarize = on);

-- What is valued ahead of its booking is rare, and must be left out of the balances of a date before.
create index journal_ahead on ledger.journal (value_date) where value_date > booking_date;
