"""From the network's sockets to the story of each message, and back.

The seven rooms of an authorization, each called once, each returning a value, nobody calling back up:

    switch/server.py      I/O     sockets and bytes; back-pressure; the only writer (with `connection`, one per socket)
    switch/link.py        pure    bytes and the time in, events out; reply to bytes; the next timer
    switch/flow.py        story   one function per message class; opens the one deadline
    switch/translate.py   pure    ISO message to domain values and back; the clear PAN stops here
    authorizer/store.py   I/O     Redis: facts in; a reservation made, confirmed or undone
    authorizer/decide.py  pure    request, facts, policy, now to approved, or declined with a reason
    ledger/journal.py     I/O     Postgres: a command to recorded, already recorded, or refused

Beside them: `framing`, `iso8583`, `elements`, `layouts`, `subelements`, `positions` and `tlv` are the wire; `responses`
is the table from reasons to DE 39; `profile` is a network as data; `masking` (with `card_numbers`) is what may be shown.

A link is managed by pure machines that meet in `link`: `sign_on`, `echo`, `key_exchange`, `stored_advices`; `management`
is DE 70 as data, `instructions` what an 0800 of the network does. Our own requests: `outgoing` says whose reply is whose,
`requests` sends and waits, `dialing` (with `backoff`) keeps connections open. `fairness` shares the switch among
connections, `tls` makes its contexts.
"""
