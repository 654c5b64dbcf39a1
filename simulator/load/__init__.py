"""The load generator: offers messages at planned times, whatever comes back, and says what became of them.

Pure: `mix` and `mix_file` (traffic as data), `kinds` and `templates` (messages encoded once, with holes), `deck` and
`composing` (which message is the n-th), `replies` (whose answer is it), `tally`, `percentiles`, `verdict`. I/O: `channel` and
`generator` (one process), `worker` (its edge), `fleet` (several of them), `plot`. A run is a function of mix, seed and cards;
only DE 7 and the numbers derived from it belong to the clock.
"""
