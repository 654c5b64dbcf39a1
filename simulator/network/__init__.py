"""A card network as a state machine that works against any ISO 8583 issuer host: frames and time in, frames and events out.

`core` is the machine and does no I/O; `service` is the only file here that awaits: it joins the core to sockets and a clock.
The parts of the core, one file each: `parties` and `plan` (data), `references` (STAN, RRN, Banknet reference, dates),
`conversion` (DE 5, 6, 9, 10), `intents` (what is to be played, written as a message), `stand_in`, `open_requests` (who waits
until when), `store_and_forward` (advices that wait for the issuer), `presence` (whether the issuer is there), `events`.
"""
