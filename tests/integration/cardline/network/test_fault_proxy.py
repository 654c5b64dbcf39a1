"""`cardline faults` as a process: it carries, reads its plan again, and says at the end what it has done."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]
PATIENCE = 30.0


def test_it_carries_bytes_takes_a_new_plan_on_sighup_and_ends_on_sigterm(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text("[[phase]]\nto_server = { split = 1 }\n")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        to = f"127.0.0.1:{server.getsockname()[1]}"
        words = [sys.executable, "-m", "cardline", "faults", "--listen", "127.0.0.1:0", "--to", to, "--plan", str(plan)]
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline().split(";")[0].rsplit(":", 1)[1])
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
                carried = server.accept()[0]
                carried.settimeout(PATIENCE)
                client.sendall(b"before")
                assert b"".join(carried.recv(1) for _ in range(6)) == b"before"
                plan.write_text("[[phase]]\nto_server = { drop = 1.0 }\nto_client = {}\n")
                process.send_signal(signal.SIGHUP)
                assert "read again" in process.stdout.readline()
                client.sendall(b"dropped")
                carried.sendall(b"after")
                assert b"".join(client.recv(1) for _ in range(5)) == b"after"
                carried.close()
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "bytes 11" in said
    assert "connections 1" in said
