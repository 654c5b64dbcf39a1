"""The other side of the wire, for people: pay, simulate, load, record, replay, faults, and the cards they play with."""
