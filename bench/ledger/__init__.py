"""What the ledger does by itself, without switch and cache: batches, proofs, statements."""
