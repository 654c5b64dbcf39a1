"""A system that runs: `up`, `serve`, their processes and sockets, and what a switch does beside the payments."""
