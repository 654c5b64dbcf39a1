-- One authorization as it was asked, decided and seen, with its card and what its chain has come to.
select a.*, k.pan_masked, c.posted as account_posted, c.holds as account_holds, c.available as account_available
  from report.authorization a
  left join ledger.card k using (card_id)
  left join report.account_balance c on c.account_id = a.account_id
 where a.authorization_id = $1
