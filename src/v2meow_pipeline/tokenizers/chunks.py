"""Long sound in pieces, so that memory stays flat."""


def spans(t: int, chunk: int, margin: int) -> list[tuple[int, int, int, int]]:
    """Chunks of frames as (start, stop, first, last): the chunk, and the chunk with its margins.

    Args:
        t: frames in all.
        chunk: frames of a piece.
        margin: frames on either side that it depends on.

    Returns:
        In order, without gaps.
    """
    return [
        (start, min(start + chunk, t), max(0, start - margin), min(t, start + chunk + margin))
        for start in range(0, t, chunk)
    ]
