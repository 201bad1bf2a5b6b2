"""Detection of truncated media files by the sizes stated in their headers.

A truncated download may still open: an MP4 with its index first plays until the data end. MP4 (ISO 14496-12, section
4.2), Matroska (RFC 9559) and RIFF state their size; files in other containers are not checked.
"""

import os
from typing import IO

EBML = b"\x1a\x45\xdf\xa3"
MATROSKA_SEGMENT = b"\x18\x53\x80\x67"
# Box types that an MP4 or QuickTime file can start with.
MP4_FIRST = frozenset((b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp"))
MAX_BOXES = 100_000
# RIFF sizes from here on are placeholders of programs that write to a pipe and cannot seek back to correct them.
RIFF_UNKNOWN = 0x7FFF0000


def missing_bytes(file: IO[bytes]) -> str | None:
    """Describes the missing part of a truncated file.

    Args:
        file: open file; its position is changed.

    Returns:
        Description such as "its index (moov) is missing", or None if no part is known to be missing.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if head[4:8] in MP4_FIRST:
        return _missing_of_mp4(file, size)
    if head[:4] == EBML:
        return _missing_of_matroska(file, size)
    if head[:4] == b"RIFF":
        expected = int.from_bytes(head[4:8], "little")
        return _missing_count(size, 8 + expected) if expected < RIFF_UNKNOWN else None
    return None


def _missing_of_mp4(file: IO[bytes], size: int) -> str | None:
    position, has_index = 0, False
    for _ in range(MAX_BOXES):
        if position + 8 > size:
            break
        file.seek(position)
        header = file.read(16)
        length, kind = int.from_bytes(header[:4], "big"), header[4:8]
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        elif length == 0:
            length = size - position
        if length < 8:
            break  # trailing bytes after the last box, which players ignore
        has_index |= kind == b"moov"
        if kind in (b"mdat", b"moov", b"moof") and position + length > size:
            return _missing_count(size, position + length)
        position += length
    return None if has_index else "its index (moov) is missing"


def _missing_of_matroska(file: IO[bytes], size: int) -> str | None:
    file.seek(4)
    header_length = _vint(file)
    if header_length is None:
        return None
    file.seek(header_length, os.SEEK_CUR)
    if file.read(4) != MATROSKA_SEGMENT:
        return "its first segment is missing" if file.tell() >= size else None
    length = _vint(file)
    return None if length is None else _missing_count(size, file.tell() + length)


def _vint(file: IO[bytes]) -> int | None:
    """Reads an EBML variable-size integer; None if it is damaged, or "unknown" as in live recordings."""
    first = file.read(1)
    if not first or first[0] == 0:
        return None
    extra = 8 - first[0].bit_length()
    value = int.from_bytes(bytes([first[0] & (0x7F >> extra)]) + file.read(extra), "big")
    return None if value == (1 << (7 * (extra + 1))) - 1 else value


def _missing_count(size: int, expected: int) -> str | None:
    if expected <= size:
        return None
    return f"{expected - size:,} of {expected:,} bytes are missing"
