"""The decision on a payment, apart from money.

Values: pan (card_numbers finds them in text), tokens, request, facts, reasons, reservation; of a message: avs,
three_d_secure, wallet_token (by subfields).
Pure: decide (the rules), crypto (card cryptography). Keys: hsm (who holds them) over keyring, from sealed_keys and key_file.
The Redis room: store (the door) → batching (who goes together) → cache + scripts + *.lua (the call) → loading (misses,
from the ledger), confirmations (after the commit), recovery (Redis away).
"""
