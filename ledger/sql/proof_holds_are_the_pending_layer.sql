with open_holds as (select account_id, sum(held) as held from ledger.hold group by account_id)
select 'account ' || b.account_id as subject, format('holds %s, open authorizations hold %s', b.holds, coalesce(h.held, 0)) as detail
  from ledger.balance b join ledger.account a using (account_id) left join open_holds h using (account_id)
 where a.kind = 'customer' and b.holds <> coalesce(h.held, 0)
