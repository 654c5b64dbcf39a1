"""The network's evening: what it clears and settles of a day that it played, as the files an issuer gets.

`played` is what is settled: payments as the network knows them (`day_played` takes them from a played day).
`disagreements` says how an acquirer, the network or the bank may be wrong on purpose; `presenting` and `disputing` make
the messages, `claims` those of one payment, `clearing_file` puts them between header and trailer. `netting` makes
`positions` of them and the settlement bank's camt.053 (`bank_statement`); `manifest` lists what a reconciliation must
find. `evening` is the whole of it, pure: the same payments and seed give the same bytes. Only `writing` touches files.
"""
