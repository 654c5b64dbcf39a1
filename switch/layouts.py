"""What the insides of elements are called and how wide they are: positions, character TLV, DE 48 subelements. Data only.

How they are read is in subelements (DE 55: tlv); which of them may be shown is in masking.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

POSITIONS: Mapping[int, tuple[tuple[str, int], ...]] = {
    3: (("transaction type", 2), ("from account", 2), ("to account", 2)),
    22: (("PAN entry mode", 2), ("PIN capability", 1)),
    43: (("name", 22), ("", 1), ("city", 13), ("", 1), ("country or state", 3)),
    53: (
        ("PIN security type", 2),
        ("encryption type", 2),
        ("PIN block format", 2),
        ("key index", 4),
        ("reserved", 2),
        ("reserved", 4),
    ),
    60: (("reason", 3), ("detail", 4), ("text", 53)),
    61: (
        ("attendance", 1),
        ("reserved", 1),
        ("location", 1),
        ("cardholder presence", 1),
        ("card presence", 1),
        ("card capture", 1),
        ("status", 1),
        ("security", 1),
        ("reserved", 1),
        ("cardholder-activated terminal", 1),
        ("input capability", 1),
        ("life cycle, days", 2),
        ("country", 3),
        ("postal code", 10),
    ),
    63: (("financial network code", 3), ("network reference", 47)),
    90: (("MTI", 4), ("STAN", 6), ("transmitted", 10), ("acquirer", 11), ("forwarder", 11)),
    95: (("transaction", 12), ("settlement", 12), ("billing", 12), ("reserved", 6)),
}
"""Name and width of each position; "" is a separator."""


@dataclass(frozen=True, slots=True)
class TaggedLayout:
    """Character TLV: digits of the id and of the length, what the ids are called, and which hold TLV again."""

    id_digits: int
    length_digits: int
    names: Mapping[str, str]
    inside: Mapping[str, "TaggedLayout"] = field(default_factory=dict)


_PARTY = TaggedLayout(2, 2, {})
"""Names, addresses, account, funding source: the ids are not public."""

TAGGED_ELEMENTS: Mapping[int, TaggedLayout] = {
    56: TaggedLayout(2, 2, {"01": "payment account data"}, {"01": TaggedLayout(2, 2, {"01": "payment account reference"})}),
    104: TaggedLayout(
        3,
        3,
        {
            "001": "remote commerce cryptogram",
            "002": "estimated amount",
            "003": "acceptor id",
            "004": "service provider",
            "005": "authentication data",
        },
    ),
    105: TaggedLayout(3, 3, {"001": "transaction link id", "002": "related transaction link id", "003": "validation"}),
    108: TaggedLayout(
        2,
        3,
        {"01": "receiver data", "02": "sender data", "03": "transaction reference"},
        {"01": _PARTY, "02": _PARTY, "03": _PARTY},
    ),
    112: TaggedLayout(3, 3, {"001": "instalment request", "002": "instalment response"}),
    120: TaggedLayout(
        2,
        2,
        {
            "01": "address and postal code",
            "02": "postal code",
            "03": "condensed address and postal code",
            "04": "condensed address digits and postal code",
        },
    ),
}
"""DE 120 is so in authorizations (address verification); in 0302 it is a record, in 0620 text."""

TAGGED_SUBELEMENTS: Mapping[str, TaggedLayout] = {
    "21": TaggedLayout(2, 2, {"01": "mobile point of sale type", "02": "terminal capability"}),
    "22": TaggedLayout(2, 2, {"05": "cardholder or merchant initiated"}),
    "33": TaggedLayout(
        2,
        2,
        {
            "01": "account number indicator",
            "02": "account number",
            "03": "expiry",
            "04": "product",
            "05": "token assurance level",
            "06": "token requestor id",
            "07": "account range",
            "08": "storage technology",
        },
    ),
    "37": TaggedLayout(
        2,
        2,
        {
            "01": "payment facilitator id",
            "02": "sales organization id",
            "03": "sub-merchant id",
            "04": "country",
            "05": "further id",
        },
    ),
    "42": TaggedLayout(2, 2, {"01": "security level", "02": "original security level", "03": "downgrade reason"}),
    "66": TaggedLayout(2, 2, {"01": "program protocol", "02": "directory server transaction id"}),
}
"""DE 48 subelements that hold character TLV. SE 26 (wallet id) is three plain characters."""

SUBELEMENT_NAMES: Mapping[str, str] = {
    "10": "Encrypted PIN block key",
    "11": "Key exchange block",
    "12": "Routing indicator",
    "13": "Phone top-up",
    "15": "Advice date and time",
    "16": "Processor pseudo ICA",
    "17": "Authentication indicator",
    "18": "Service parameters",
    "20": "Cardholder verification",
    "21": "Acceptance data",
    "22": "Multi-purpose merchant indicator",
    "23": "Payment initiation channel",
    "24": "Product or account level management",
    "26": "Wallet id",
    "30": "Token transaction id",
    "32": "Assigned merchant id",
    "33": "PAN mapping",
    "34": "Dynamic CVC3 and ATC information",
    "37": "Additional merchant data",
    "38": "Account category",
    "39": "Account data compromise",
    "42": "E-commerce indicators",
    "43": "UCAF",
    "44": "XID",
    "61": "POS data, extended condition codes",
    "63": "Trace id",
    "64": "Transit",
    "65": "Terminal compliant indicator",
    "66": "Authentication data",
    "71": "On-behalf services",
    "72": "Issuer chip authentication",
    "74": "Additional processing information",
    "75": "Fraud scoring data",
    "76": "Electronic acceptance indicator",
    "77": "Payment transaction type",
    "79": "CVR and TVR bit-error results",
    "80": "PIN service code",
    "82": "Address verification request",
    "83": "Address verification response",
    "84": "Merchant advice code",
    "87": "CVC result",
    "88": "Magnetic-stripe compliance status",
    "89": "Magnetic-stripe compliance error",
    "90": "Lodging and auto rental indicator",
    "92": "CVC2",
    "95": "Promotion code",
    "98": "Fleet card id",
    "99": "Fleet driver number",
}
"""DE 48 in authorization messages."""

SUBELEMENT_POSITIONS: Mapping[str, tuple[tuple[str, int], ...]] = {
    "13": (("phone", 17), ("reference", 30)),
    "15": (("date", 4), ("time", 6)),
    "34": (("ATC", 5), ("ATC discrepancy", 5), ("indicator", 1)),
    "61": (
        ("partial approval supported", 1),
        ("purchase amount only supported", 1),
        ("real-time substantiation", 1),
        ("merchant fraud scoring", 1),
        ("final authorization", 1),
    ),
    "63": (("network data", 9), ("settlement date", 4)),
    "64": (("transaction type", 2), ("mode", 2)),
}
"""DE 48 subelements with fixed positions."""

REPEATING_SUBELEMENTS: Mapping[str, int] = {"71": 4, "74": 3, "79": 4}
"""DE 48 subelements that are a list, by the width of one entry."""

AMOUNT_TYPES: Mapping[str, str] = {
    "01": "ledger balance",
    "02": "available balance",
    "03": "amount owing",
    "04": "amount due",
    "10": "healthcare eligible",
    "11": "prescription",
    "40": "cashback",
    "42": "surcharge",
    "44": "gratuity",
    "57": "original amount",
}
"""DE 54."""
