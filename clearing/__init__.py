"""What the authorization promised, clearing books: files of the network, matching, settlement, reconciliation.

`ipm/` reads and writes IPM clearing files; it knows bytes, elements and PDS, and nothing of money or of our books.
`intake/` proves a file and keeps it, sealed. SQL stands in `sql/`, tables in the schema `clearing`.
"""
