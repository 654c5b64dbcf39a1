"""The network: plays a card network day against a running issuer and knows what every reply and balance must be.

Planning is pure: `day` writes the whole day from one seed (`stories` per card, `malformed` frames), asking `model` for
each reply before anything is sent. `player` and `client` are the only files here that touch a socket; `outcome` says
what came of it. A judge does not share the code it judges: from the switch only the wire code is imported.
`load` is a room of its own: traffic at a planned rate, measured and not judged.
"""
