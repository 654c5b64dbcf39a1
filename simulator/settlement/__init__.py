"""The network's evening: what it clears and settles of a day that it played, as the files an issuer gets.

`played` is what is settled: payments as the network knows them (`day_played` takes them from a played day).
`disagreements` says how an acquirer, the network or the bank may be wrong on purpose; `presenting` and `disputing` make
the messages, `clearing_file` puts them in order between header and trailer, `positions` nets them, `bank_statement` is
the settlement bank's camt.053, `manifest` lists what a reconciliation must find. `evening` is the whole of it, pure, from
one seed: the same payments and seed give the same bytes. Only `writing` touches files.
"""
