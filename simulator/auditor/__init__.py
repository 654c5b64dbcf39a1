"""The auditor: its own small issuer, which says before each message what the reply, the balance and the postings must be.

`issuer` decides, `accounts` keeps the money, `credentials` looks at what a message proves of its card, `reading` takes
messages apart. Pure. It shares no code with authorizer and ledger, so that a fault in one shows against the other.
"""
