"""Clearing links: files that come over TCP, in a process of their own beside the switch.

`process` is that process as the switch sees it, `job` what it is handed; inside it `worker` listens, `connection` serves one
sender, `posting` books what is kept, and `counts` go back to the metrics. What a transfer is stands in `clearing.transfer`.
"""
