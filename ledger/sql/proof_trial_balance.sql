-- Debits equal credits, per asset and layer over the whole books.
select asset || ' ' || layer as subject, format('is off by %s', sum(amount)) as detail
  from ledger.posting group by asset, layer having sum(amount) <> 0
