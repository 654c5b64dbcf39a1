"""The whole of cardline under load: real switch, Postgres and Valkey as `cardline up` starts them, driven over TCP."""
