"""One circuit representation, and the payload formats that are read into it."""
