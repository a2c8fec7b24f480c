"""The HTTP API under hostile clients: seeded requests over raw sockets, as no client library would
send them.

    wire.py       sends the bytes of a case, reads what comes back
    values.py     nasty values: texts, numbers, cursors, headers, file contents
    requests.py   whole requests, valid but for what is nasty in them
    cases.py      what is done with a request on a connection: cut, mutated, pipelined, hung up
    attack.py     runs many cases at once and judges the API by what must always hold
"""
