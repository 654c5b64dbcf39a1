"""How a clearing file comes in: proved as a whole first, then kept as it is, sealed, once and for ever.

`proving` reads a file to its end and holds it to its own header and trailer; `sealing` makes of its bytes what may lie in a
database; `keeping` stores them in one transaction, or leaves nothing behind. What is kept can be read again, byte for byte.
"""
