"""Disputes as far as clearing files tell of them: reasons, stages, what is due until when. Pure, all of it.

`reasons` is the table of message reason codes, `deadlines` what is due under them, `records` what a chargeback or a second
presentment says beyond its money, `standing` how the money of a case stands. The workflow of people comes later: it will read
the same cases.
"""
