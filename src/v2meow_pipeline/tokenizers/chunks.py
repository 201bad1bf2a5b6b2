"""Division of long audio into overlapping chunks, to bound memory use."""


def spans(t: int, chunk: int, margin: int) -> list[tuple[int, int, int, int]]:
    """Divides `t` frames into chunks with margins.

    Args:
        t: total number of frames.
        chunk: frames per chunk.
        margin: context frames on each side of a chunk.

    Returns:
        (start, stop, first, last) of each chunk in order: its range without margins, and with them.
    """
    return [
        (start, min(start + chunk, t), max(0, start - margin), min(t, start + chunk + margin))
        for start in range(0, t, chunk)
    ]
