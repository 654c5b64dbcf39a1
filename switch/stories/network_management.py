"""0800 and 0820: sign-on, sign-off, echo, keys, stored advices. DE 70 says which; the link does it."""

from switch import translate
from switch.arrival import Arrival, Told
from switch.instructions import obey
from switch.responses import reply
from switch.stories.endings import not_understood
from switch.translate import FormatError


def manage(arrival: Arrival) -> Told:
    missing = translate.missing_element(arrival.message)
    if missing is not None:
        return not_understood(arrival, FormatError(missing, "missing"))
    connection = arrival.connection
    done = obey(arrival.message, connection.link, connection.profile.management, arrival.charset, connection.now())
    if isinstance(done, FormatError):
        return not_understood(arrival, done)
    return Told(reply(arrival.message, done.response_code), done.decision, done.reason)
