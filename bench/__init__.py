"""Measures cardline against the floor of the machine it runs on. Not part of the wheel; starts with `python -m bench`."""
