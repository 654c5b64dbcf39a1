"""What the authorization promised, clearing books: files of the network, matching, settlement, reconciliation.

`ipm/` reads and writes IPM clearing files; it knows bytes, elements and PDS, and nothing of money or of our books.
`intake/` proves a file and keeps it, sealed; `transfer/` is a file that comes over a connection. Then, in this order:

- what a record says: `translate` makes a `records.ClearingRecord` of a message (`days`, `exponents` judge a part of it);
- whose it is: `lookups` reads what `matching` has to know, `matches` are its values, `tolerances` its table;
- what it books: `posting` is the story, chunk by chunk (`chunks`, `desk`, `pacing`, `turns`, `progress`); `bookings` makes the
  commands, `suspending` sends to suspense what an account does not take, `questions` says what is left for people, `storing`
  writes it all down;
- what comes later: `pairing` and `returning` for reversals, `rematching` for matches by hand (`holding` keeps others away
  meanwhile), `payments` for whoever asks what became of one.

`disputes/` and `settlement/` say what chargebacks and positions mean, `reconciliation/` holds everything against everything and
is how people work items off. SQL stands in `sql/`, tables in the schema `clearing`.
"""
