"""The books: accounts, holds, journals and their proofs, in Postgres. Imports none of the other packages.

`money` names assets; `commands` what may be asked and what comes back; `holds` folds an authorization's elements
into what is held; `batch` decides a batch against locked values (pure); `canonical` is the text that the chain
hashes (pure); `journal` is the room that locks, reads, calls `batch` and commits. `cards` keeps card facts,
`verify` proves the books, `migrate` brings the schema up.
"""
