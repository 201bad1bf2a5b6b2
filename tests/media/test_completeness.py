"""A file is called cut only where its own headers promise more."""

from io import BytesIO

import pytest

from v2meow_pipeline.media.completeness import missing_bytes


def box(kind: bytes, length: int, size: int | None = None) -> bytes:
    return (length if size is None else size).to_bytes(4, "big") + kind + bytes(length - 8)


EBML_HEADER = b"\x1a\x45\xdf\xa3\x84abcd\x18\x53\x80\x67"


@pytest.mark.parametrize(
    "data",
    [
        box(b"ftyp", 16) + box(b"moov", 32) + box(b"mdat", 64),
        box(b"ftyp", 16) + box(b"moov", 32) + box(b"mdat", 64, size=0),  # to the end of the file
        box(b"ftyp", 16) + box(b"mdat", 64) + box(b"moov", 32) + b"junk",
        box(b"ftyp", 16) + (1).to_bytes(4, "big") + b"mdat" + (64).to_bytes(8, "big") + bytes(48) + box(b"moov", 32),
        EBML_HEADER + b"\x88" + bytes(8),
        EBML_HEADER + b"\x01\xff\xff\xff\xff\xff\xff\xff" + bytes(8),  # live: unknown length
        b"RIFF" + (8).to_bytes(4, "little") + b"AVI LIST",
        b"RIFF" + b"\xff\xff\xff\xff" + b"WAVEfmt ",
        b"something else",
        b"",
    ],
)
def test_whole_files(data: bytes) -> None:
    """Catches good files refused: unknown lengths, 64-bit boxes, rubbish after the end."""
    assert missing_bytes(BytesIO(data)) is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (box(b"ftyp", 16) + box(b"mdat", 64), "moov"),
        (box(b"ftyp", 16) + box(b"moov", 32) + box(b"mdat", 64)[:-1], "1 of 112 bytes"),
        (EBML_HEADER + b"\x88" + bytes(7), "1 of"),
        (EBML_HEADER[:9], "segment"),
        (b"RIFF" + (100).to_bytes(4, "little") + b"AVI LIST", "92 of 108"),
    ],
)
def test_cut_files(data: bytes, words: str) -> None:
    """Catches a download that broke off."""
    assert words in (missing_bytes(BytesIO(data)) or "")
