"""How messages quote what a program says."""

_MOST = 40


def shown(text: str) -> str:
    """Returns the text in quotes, escaped; of a long one the first 40 characters and an ellipsis."""
    return repr(text if len(text) <= _MOST else f"{text[:_MOST]}…")
