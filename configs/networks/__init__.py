"""One file per network: character set, framing, timers, limits. Every key is explained in switch/profile.py."""
