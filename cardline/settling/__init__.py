"""The commands of clearing: files, reconciliation, exceptions. What is booked is decided in `clearing`."""
