"""What the log says: every event with what its keys mean. Data only; a test holds it to the calls in the code."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """`levels` as structlog has them; `keys` beside the three that every line has, those of `optional` not always."""

    name: str
    levels: str
    keys: tuple[str, ...]
    tells: str


EVERYWHERE = {
    "event": "text; the name of the event, from the tables below",
    "level": "text: `info`, `warning` or `error`",
    "timestamp": "text; ISO 8601 in UTC, to the microsecond, ending in `Z`: when the line was made",
}
CANONICAL = "message"
MESSAGE_KEYS = {
    "message_id": "whole number; the message's id, the same in `report.message`, `report.authorization` and "
                  "`report.authorization_event`",
    "link": "text; the link that it came on",
    "mti": "text of 4 digits, or null where it could not be read",
    "stan": "text; DE 11, or null",
    "rrn": "text; DE 37, or null",
    "response_code": "text; DE 39 of our answer, null where it got none",
    "decision": "text: `approved`, `partially_approved`, `declined`, `accepted`, `conflict`, `malformed`, `failed`, "
                "`ignored`; of replies to requests of ours `matched`, `late`, `unmatched`",
    "reason": "text; why, of a closed set: [refusals](refusals.md)",
    "repeat": "true or false; it came before and got its stored answer",
    "authorization_id": "whole number; what it made or changed in the books (`report.authorization`), null where nothing",
    "milliseconds": "number with three decimals; from the bytes' arrival to the answer, milliseconds",
}  # fmt: skip
KEYS = {
    "address": "text; host:port that we listen on or call",
    "attempt": "whole number; how often it was tried, this time included",
    "card_id": "whole number; `ledger.card`",
    "code": "text; DE 70 of what we asked",
    "command": "text; the kind of command",
    "commands": "whole number; in the batch",
    "count": "whole number; rows",
    "detail": "text; what differs, with ids and amounts in minor units",
    "element": "whole number; the data element where reading ended",
    "error": "text; the class of the fault, never its text, which could quote card data",
    "happened": "true or false; the commit is in the books",
    "holds": "whole number",
    "is_ours": "true or false; nobody else had taken the update over",
    "key": "text; MTI, STAN and time of the request that the reply is to",
    "late_seconds": "number; after its request had been given up, seconds",
    "limit": "text; the time it may take, milliseconds",
    "link": "text; the link's name",
    "listing": "text; what the network's file is to say of the card",
    "message_id": "whole number as above, or null where it came from no message",
    "mti": "text as above",
    "metrics": "text; host:port of /metrics",
    "no_reply": "text; why there was no reply, or null",
    "offset": "whole number; the byte in the message",
    "outcome": "text: `done`, `again`, `otherwise`, `failed`, `unsent`",
    "payload": "text; SHA-256 of the command, as in `ledger.dead_letter`",
    "peer": "text; host:port of the other side",
    "proof": "text; which of the proofs of `ledger verify`",
    "reason": "text; why, of a closed set",
    "response_code": "text; DE 39 of the reply, or null",
    "result": "text; what the network answered, in words",
    "rrn": "text as above",
    "silent_seconds": "number; since the last byte, seconds",
    "sqlstate": "text of 5 characters; PostgreSQL's",
    "stan": "text as above",
    "stream": "whole number; of the ledger, 0 to 63",
    "subject": "text; what the finding is about",
    "target": "text; host:port that we call",
    "unanswered": "whole number; requests read and not answered",
    "update_id": "whole number; `report.file_update`",
    "waiting": "whole number; commands that nobody will answer",
    "where": "text; file and line in our own code",
    "why": "text; a class of fault or a short reason, without content",
}
EVENTS = (
    Event("ready", "info", ("stream", "metrics"), "the process answers from now on"),
    Event("listening", "info", ("link", "address"), "a link takes connections"),
    Event("connecting", "info", ("link", "address"), "a link calls its network, for as long as it serves"),
    Event("stopping", "info", (), "SIGTERM or SIGINT came"),
    Event("drained", "info", ("unanswered",), "everything read is answered, but for so many"),
    Event("not_closed_in_time", "warning", ("why",), "at the end, a store did not let go; it was left"),
    Event("link_connected", "info", ("link", "peer"), "a connection stands"),
    Event("link_closed", "info", ("link", "peer", "unanswered"), "it is gone"),
    Event("link_idle", "info", ("link", "peer", "silent_seconds"), "closed because nothing came for too long"),
    Event("link_down", "warning", ("link", "peer", "reason"), "given up because the peer did not do its part"),
    Event("framing_lost", "warning", ("link", "peer", "reason"), "closed because a length made no sense"),
    Event("connect_failed", "warning", ("link", "target", "why"), "a call was not taken; it is tried again"),
    Event("connection_refused", "warning", ("link", "peer"), "one more than the link may have"),
    Event("asked", "info", ("link", "code", "response_code", "no_reply"), "sign-on, echo or key request of ours, and its answer"),
    Event("reply_late", "warning", ("link", "key", "late_seconds"), "a reply to a request of ours that was given up"),
    Event("reply_unmatched", "warning", ("link", "why"), "a reply to nothing that we asked"),
    Event("working_key_refused", "warning", ("link", "why"), "a key that the network sent does not open or check"),
    Event("kept_working_key_refused", "warning", ("link",), "the same of one kept before the last start"),
    Event("working_key_kept", "info", ("link",), "a new working key is kept for the next start"),
    Event("working_key_not_kept", "warning", ("link", "why"), "it works, and will be missing after the next start"),
    Event("working_keys_not_read", "warning", ("why",), "the kept ones; the network has to send new ones"),
    Event("malformed", "warning", ("link", "element", "offset", "why"), "bytes that are no message; its `message` line follows"),
    Event("handler_failed", "error", ("link", "error", "where"), "a bug: a request got no answer"),
    Event("request_failed", "error", ("message_id", "link", "mti", "stan", "rrn"),
          "whose that was; `handler_failed` follows and says where. Such a message has no `message` line"),
    Event("link_task_failed", "error", ("link", "error", "where"), "a bug in what a link does by itself"),
    Event("drain_incomplete", "error", ("link", "unanswered"), "time was up; these got no answer"),
    Event("address_not_read", "warning", ("why",), "the address on file could not be read; the check said `unavailable`"),
    Event("stream_leased", "info", ("stream",), "this process writes the ledger under this number"),
    Event("stream_lost", "warning", ("why",), "it does not any more; 91 until it leases another"),
    Event("postgres_away", "warning", ("why",), "the ledger cannot be reached; tried again all the time"),
    Event("commit_resolved", "warning", ("happened", "commands"), "a commit whose end nobody heard: looked up"),
    Event("closed_unfinished", "error", ("waiting",), "at the end, Postgres did not take these"),
    Event("command_poisoned", "error", ("command", "message_id", "reason", "payload"), "could not be stored: a dead letter"),
    Event("messages_lost", "warning", ("count", "why"), "masked messages that could not be kept; the books are whole"),
    Event("booking_day_in_doubt", "warning", ("sqlstate",), "the open day could not be read; asked again with the next batch"),
    Event("partitions_not_made", "warning", ("why", "sqlstate"), "a month that a booking needs could not be made"),
    Event("books_do_not_hold", "error", ("proof", "subject", "detail"), "the verifier's finding: an alarm"),
    Event("verifier_failed", "warning", ("why",), "the verifier could not go on; tried again"),
    Event("proof_takes_too_long", "warning", ("proof", "limit"), "given up for this time, and tried when its turn comes again"),
    Event("housekeeping_failed", "warning", ("why",), "a chore could not be done; tried again at the next round"),
    Event("holds_expired", "info", ("holds",), "given back because their time was over"),
    Event("file_update", "info, warning",
          ("update_id", "card_id", "link", "listing", "attempt", "result", "outcome", "is_ours"),
          "an attempt to tell the network of a card"),
    Event("file_update_not_finished", "warning", ("update_id", "why"), "said, but not noted: it will be said again"),
    Event("file_updates_failed", "warning", ("why",), "the queue could not be read; tried again"),
    Event("number_does_not_open", "error", ("why",), "a sealed card number is sealed under another key"),
)  # fmt: skip
