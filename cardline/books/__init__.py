"""The commands of the ledger: proofs, statements, periods. What is true is decided in `ledger`."""
