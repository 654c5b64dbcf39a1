-- What was booked after $1 (null: ever) up to $2, per kind of account, asset and layer.
with booked as (
    select account_id, asset, layer, sum(amount) as amount from ledger.posting
     where ($1::date is null or booking_date > $1) and booking_date <= $2
     group by account_id, asset, layer
)
select a.kind, b.asset, b.layer, sum(b.amount) as amount from booked b join ledger.account a using (account_id) group by 1, 2, 3
