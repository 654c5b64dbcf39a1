"""A clearing file that comes record by record over a connection instead of as a file. Pure; sockets are the caller's.

`records` tells headers and trailers from what stands between them, `receiving` gathers records into files, `answers` says
what became of a file in messages of its own. Whether a file is sound is for `clearing.intake` to judge, as for any file.
"""
