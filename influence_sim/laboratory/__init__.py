"""The lab: a live page on which anyone asks "what if", and the server behind it.

`question` reads and checks what is asked, `answers` and `stories` compute the answers, `server` limits who may ask, and
how much, and `openapi` describes the interface to programs. The page itself lies in `page`, as it is served.
"""

HOST, PORT = "127.0.0.1", 8765
"""The default address of the page, on this machine alone."""
