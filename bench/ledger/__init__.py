"""The ledger alone: the writer, bulk work, proofs and statements, against the floor of the same machine in the same run."""
