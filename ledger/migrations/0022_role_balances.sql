-- The trial balance by account: the stripes of a system account are one account (its role in one asset). What the items say that the
-- payments themselves raise, and of which date each item is.

-- Roles in each asset and layer: what lies on the debit side and on the credit side, customers each on the side where they stand.
-- A role that is in no chart of these books, if there ever is one, still counts.
create view report.role_balance as
select n.asset, n.layer, n.role, c.number, coalesce(c.name, n.role) as name,
       coalesce(sum(n.net) filter (where n.net > 0), 0) as debits, coalesce(-sum(n.net) filter (where n.net < 0), 0) as credits
  from (select case when a.kind = 'customer' then 'customer_' || a.product else a.kind end as role, s.asset, s.layer, sum(s.net) as net
          from (select p.account_id, p.asset, p.layer, sum(p.amount) as net from ledger.posting p group by p.account_id, p.asset, p.layer) as s
          join ledger.account a using (account_id)
         group by 1, s.asset, s.layer, case when a.kind = 'customer' then a.account_id end) as n
  left join ledger.chart c on c.role = n.role
 group by n.asset, n.layer, n.role, c.number, c.name order by n.asset, n.layer, c.number, n.role;

create or replace view report.trial_balance as
select asset, layer, coalesce(sum(debits), 0) as debits, coalesce(sum(credits), 0) as credits
  from report.role_balance group by asset, layer order by asset, layer;

-- An item that a payment has raised is one line in its batch and nothing more: who has it and what it is about is said here.
create or replace view report.exception as
select x.exception_id, x.kind, x.opened_at, x.subject, x.amount, x.asset, x.status,
       coalesce(x.owner, case when x.kind in ('duplicate_mismatch', 'books_do_not_hold') then 'operations' else 'clearing' end) as owner,
       x.resolution_journal_id,
       coalesce(c.said, case x.kind
           when 'duplicate_mismatch' then 'a request came under the key of an earlier one with other content: answered 94 or recorded, the first one stands; the acquirer or the network must give each request a key of its own'
           when 'advice_after_presentment' then 'an advice (0220) has booked a payment that had been presented before: the account has it twice'
           when 'books_do_not_hold' then 'a proof of the books does not hold'
           else case when x.subject ~ '^[0-9a-f]{32,64}$' then 'an advice that cannot stand on its account as it came' end end) as said,
       c.reason, coalesce(x.due_on, c.deadline) as deadline, c.proposal,
       (now() at time zone 'UTC')::date - (x.opened_at at time zone 'UTC')::date as age_days,
       a.act, a.actor as resolved_by, a.reason as resolution_reason, a.at as resolved_at,
       c.due_act, c.due_by, c.clock_on, c.terms, x.status = 'open' and coalesce(x.due_on, c.deadline) < (now() at time zone 'UTC')::date as is_overdue,
       coalesce(c.business_date, (x.opened_at at time zone 'UTC')::date) as business_date
  from ledger.exception x
  left join clearing.exception_case c using (exception_id)
  left join lateral (select * from clearing.exception_act s where s.exception_id = x.exception_id and s.act not in ('assigned', 'noted')
                      order by s.sequence desc limit 1) as a on true;

grant select on report.role_balance to cardline_writer, cardline_reader, cardline_verifier, cardline_closer;
grant select on report.clearing_progress to cardline_closer;
