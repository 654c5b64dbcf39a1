"""From the network's sockets to the story of each message, and back.

The seven rooms of an authorization, each called once, each returning a value, nobody calling back up:

    switch/server.py      I/O     sockets and bytes; back-pressure; the only writer (with `connection`, one per socket)
    switch/link.py        pure    bytes and the time in, events out; reply to bytes; the next timer
    switch/flow.py        story   the door; opens the one deadline and picks the story in `stories/`, a file per message class
    switch/translate.py   pure    ISO message to domain values and back; the clear PAN stops here
    authorizer/store.py   I/O     Redis: facts in; a reservation made, confirmed or undone
    authorizer/decide.py  pure    request, facts, policy, now to approved, or declined with a reason
    ledger/journal.py     I/O     Postgres: a command to recorded, already recorded, or refused

The stories: `authorization` (0100, 0200), `advice` (0120, 0220), `reversal` (0400, 0420), `acknowledgement` (0180, 0190),
`network_management` (0800, 0820). `rooms` is what they are told with, `endings` how they may end.

Beside them: `framing`, `iso8583`, `elements`, `layouts`, `subelements`, `positions` and `tlv` are the wire; `responses`
is the table from reasons to DE 39; `originals` says how a message names another, `occasions` what the validity of a hold
depends on, `cash` what of a purchase is cash, `currency` what an amount is in another currency; `profile` is a network as
data; `masking` (with `authorizer.card_numbers`) is what may be shown.

A link is managed by pure machines that meet in `link`: `sign_on`, `echo`, `key_exchange`, `stored_advices`; `management`
is DE 70 as data, `instructions` what an 0800 of the network does. Our own requests: `outgoing` says whose reply is whose,
`requests` sends and waits, `dialing` (with `backoff`) keeps connections open. `fairness` shares the switch among
connections, `tls` makes its contexts.
"""
