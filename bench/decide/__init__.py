"""What the parts of a decision cost, alone: `python -m bench.decide.crypto`."""
