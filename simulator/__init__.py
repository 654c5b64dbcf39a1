"""The network: plays against a running issuer and knows what every reply and balance must be.

Three ways: `day` plans a whole day from one seed (`stories` per card, `malformed` frames) for `player`; `stage` plays
scenarios (`scenarios/*.toml`); `network` is a network with timers and a memory. Before anything is sent the `auditor`, an
issuer of its own, says what must come back. A judge does not share the code it judges: from the switch only the wire code
is imported.
`load` is a room of its own: traffic at a planned rate, measured and not judged.
"""
