"""One payment by hand, against a running `cardline up`: what a message looks like on the wire.

    .venv/bin/cardline up                                    # in one terminal
    .venv/bin/cardline seed --cards 1 --out cards.csv        # in another
    .venv/bin/python examples/first_payment.py cards.csv [DIR/endpoints.json of another --data-dir]

A frame is two bytes of length (big-endian, not counting themselves), then the message: its type in four characters,
a bit map of eight bytes (bit n says that data element n is there; sixteen bytes if bit 1 is set, for elements above
64), and the elements in order. Characters are ASCII on the link used here, EBCDIC (cp037) on the other; bit maps are
binary on both. Elements of variable length have two or three digits in front. Formats: switch/elements.tsv.
An authorization needs at least DE 2, 3, 4, 7, 11, 32 and 49. Signing on (0800) is not asked for by these profiles.
"""

import csv
import json
import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path


def message(mti: str, elements: dict[int, str]) -> bytes:
    bits = sum(1 << (64 - number) for number in elements)
    return mti.encode() + bits.to_bytes(8, "big") + "".join(elements[number] for number in sorted(elements)).encode()


if len(sys.argv) < 2:
    sys.exit("usage: first_payment.py CARDS.csv [ENDPOINTS.json]")
card = next(csv.DictReader(Path(sys.argv[1]).read_text(encoding="ascii").splitlines()))
data_dir = os.environ.get("CARDLINE_DATA_DIR", ".cardline")
where = Path(sys.argv[2] if len(sys.argv) > 2 else f"{data_dir}/endpoints.json")
if not where.is_file():
    sys.exit(f"first_payment.py: {where} is not there: start `cardline up`, or give the endpoints.json of its --data-dir")
endpoints = json.loads(where.read_text(encoding="utf-8"))
if not endpoints["iso8583_ascii"]:
    sys.exit("first_payment.py: this cardline has links of its own, and none in ASCII called mastercard-ascii")
host, port = endpoints["iso8583_ascii"].split(":")
now = datetime.now(UTC)
rrn = f"{now:%j%H%M%S}{now.microsecond // 1000:03d}"  # how the acquirer, and `cardline explain`, find it again
request = message(
    "0100",
    {
        2: f"{len(card['pan']):02d}{card['pan']}",  # card number, two digits of length in front
        3: "000000",  # a purchase
        4: "000000001250",  # 12.50, in minor units
        7: f"{now:%m%d%H%M%S}",  # transmission, UTC
        11: f"{now.microsecond:06d}",  # system trace audit number
        14: card["expiry"],
        18: "5411",  # a grocery
        32: "06123456",  # the acquirer
        37: rrn,  # retrieval reference number
        49: "978",  # EUR
    },
)
with socket.create_connection((host, int(port)), timeout=5) as connection:
    connection.sendall(len(request).to_bytes(2, "big") + request)
    stream = connection.makefile("rb")
    reply = stream.read(int.from_bytes(stream.read(2), "big"))
print(f"{reply[:4].decode()} came back; read it, and the payment's story, with:")
print(f"  .venv/bin/cardline decode --profile mastercard-ascii {reply.hex()}")
print(f"  .venv/bin/cardline explain {rrn}")
