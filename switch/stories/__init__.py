"""The stories, a file for each kind of message. Each is a few ordinary awaits over the rooms; `switch/flow.py` picks one.

A story takes an arrival and gives what was told: the reply, and the words for log and metrics. It opens no deadline and
catches no fault: the door does.
"""
