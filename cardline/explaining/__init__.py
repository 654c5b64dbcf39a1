"""One payment's story in sentences, and what another policy would have said of it."""
