"""The lab: a live page on which anyone asks "what if", and the server behind it.

`question` says what may be asked, `answers` and `stories` what is told of it, `server` who may ask, and how much, and
`openapi` tells programs of all that. The page itself lies in `page`, as it is served.
"""

HOST, PORT = "127.0.0.1", 8765
"""Where the page is to be had unless one says otherwise: on this machine alone."""
