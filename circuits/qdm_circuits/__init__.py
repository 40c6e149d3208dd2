"""One circuit representation, and the payload formats that are read into it.

``circuit``, ``gates`` and ``conditions`` are the representation; each ``parse_…`` reads one format. Formats know no
engine and raise only the errors of ``qdm_driver``.
"""
