"""IPM clearing files, read and written as streams: memory is flat at any size, any bytes give records or a located flaw.

A file is framed records (`framing`: VBS, 1014-blocked VBS, RDW), a record is one ISO 8583 message in one character set
(`characters`) with two bit maps, its elements (`elements.tsv`, `codec`) and the private data in their carriers (`pds`).
`recognition` finds framing and character set by itself. All of that is pure; `reader` and `writer` are the thin files
that touch a stream. `proof` holds a whole file to its header and trailer. `layouts` names what lies inside an element.
"""
