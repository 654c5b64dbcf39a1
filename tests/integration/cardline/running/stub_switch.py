"""Stands for the switch under `up`: takes the sockets over, says ready, answers each connection with its pid.

`STUB` in the environment says how it behaves: "" well, "refuses" like a wrong configuration, "dies" after each start.
On SIGTERM it writes down which stores still work.
"""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import asyncpg
import redis

from cardline.running import listening, readiness


def main() -> None:
    behaviour = os.environ.get("STUB", "")
    if behaviour == "refuses":
        print("cardline: profile nonsense: there is none")
        sys.exit(2)
    signal.signal(signal.SIGTERM, drain)
    sockets = listening.take_over(os.environ)
    readiness.announce()
    if behaviour != "dies":
        serve(sockets["mastercard"])


def serve(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        connection.sendall(str(os.getpid()).encode())
        connection.close()


def drain(_number: int, _frame: object) -> None:
    async def ask_postgres() -> object:
        connection = await asyncpg.connect(os.environ["CARDLINE_POSTGRES_DSN"])
        return await connection.fetchval("select 'postgres works'")

    with redis.Redis.from_url(os.environ["CARDLINE_REDIS_URL"]) as client:
        is_up = client.ping()
    Path(os.environ["STUB_NOTE"]).write_text(f"{asyncio.run(ask_postgres())}, redis works: {is_up}")
    sys.exit(0)


if __name__ == "__main__":
    main()
