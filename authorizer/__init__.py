"""The decision on a payment, apart from money.

Values: pan, tokens, request, facts, reasons, reservation. Pure: decide (the rules), hsm (card cryptography).
The Redis room: store (the door) → batching (who goes together) → cache + scripts + *.lua (the call) → loading (misses,
from the ledger), confirmations (after the commit), recovery (Redis away).
"""
