"""One file per policy of the authorizer. Every key is explained in cardline/policies.py."""
