"""Card cryptography as pure functions over keys and values: no I/O, no clock, no state that outlives a call.

Primitives: des, aes, mac. Cards: cvc, cvc3, pin_block, pin_reference, emv_keys, cryptogram, issuer_script, atc.
Keys in transit: check_value, key_exchange (DE 48 SE 11), key_block (TR-31). Who holds keys is `authorizer.hsm`.
"""
