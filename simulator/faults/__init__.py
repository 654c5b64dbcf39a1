"""A TCP proxy that does to a connection what networks do: delay, drop, split, join, corrupt, cut, half-close, slow, partition.

`plan` is the data and its file, `chooser` decides from seed and bytes what happens (pure), `proxy` does it. It knows nothing
of what it carries but, where asked, where a frame ends: any two parts that talk TCP may stand at its ends.
"""
