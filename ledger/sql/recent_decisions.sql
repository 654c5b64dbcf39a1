-- By way of the outcomes, which are found by account; authorizations are not.
select a.authorization_id, a.received_at, a.amount, a.asset, a.response_code, a.verdict, a.reason, a.rule, a.policy
  from ledger.authorization a
 where a.authorization_id in (select o.authorization_id from ledger.outcome o where o.account_id = $1)
   and a.card_id in (select card_id from ledger.card where account_id = $1 and coalesce(lineage, card_id) = $2)
 order by a.received_at desc, a.authorization_id desc limit $3
