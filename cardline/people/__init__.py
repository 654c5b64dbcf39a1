"""People's desk: accounts, cards, controls, limits, holds, keys, policies, and whose act it is and why."""
