"""One message laid open for a person."""
