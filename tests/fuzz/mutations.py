"""Ten ways in which files get damaged, each a function of the bytes, those of other files, and a generator."""

import random
import struct
from collections.abc import Callable

# Words in which containers keep sizes, rates and times.
BOXES = (
    b"mvhd",
    b"tkhd",
    b"mdhd",
    b"stts",
    b"stsc",
    b"stsz",
    b"stco",
    b"ctts",
    b"elst",
    b"moov",
    b"trak",
    b"mdat",
    b"moof",
)
EXTREMES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)


def bit_noise(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 10, 100, 1000))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def truncation(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def range_deletion(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.choice((1, 16, 500, 5000)) :]


def duplication(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    start, length = rng.randrange(len(data)), rng.choice((16, 500, 5000, 50000))
    return data[:start] + data[start : start + length] + data[start:]


def splice(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    other = rng.choice(others)
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]


def header_fields(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 3, 8))):
        place = rng.randrange(min(len(changed) - 4, 2000))
        changed[place : place + 4] = struct.pack(rng.choice("<>") + "I", rng.choice(EXTREMES))
    return bytes(changed)


def atom_sizes(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """Of MP4's boxes; of other containers, numbers anywhere."""
    changed, places = bytearray(data), [data.find(box) for box in BOXES]
    found = [place for place in places if place >= 4] or [rng.randrange(8, len(data) - 8)]
    place = rng.choice(found)
    where = place + rng.choice((-4, 4, 8, 12, 16, 20))
    changed[where : where + 4] = struct.pack(">I", rng.choice((*EXTREMES, rng.randrange(1 << 32))))
    return bytes(changed)


def times_ahead(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """The later part again and again, each time as if much later: what clocks do that were set."""
    middle = len(data) // 2
    part = bytearray(data[middle:])
    for place in range(rng.randrange(64), len(part) - 4, 997):
        part[place : place + 2] = struct.pack(">H", 0xFFF0)
    return data[:middle] + bytes(part)


def times_back(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """The file after itself: its clock starts over."""
    return data + data[rng.choice((0, len(data) // 3)) :]


def pixel_bomb(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """Sizes of pictures, wherever they stand, become enormous."""
    changed = bytearray(data)
    for width in (struct.pack(">H", 176), struct.pack("<H", 176), struct.pack(">I", 176), struct.pack("<I", 176)):
        place = data.find(width)
        if place >= 0:
            changed[place : place + len(width)] = b"\xff\xf0" if len(width) == 2 else b"\x00\x00\xff\xf0"
    if changed == data:
        changed[rng.randrange(len(changed))] ^= 0xFF
    return bytes(changed)


MUTATIONS: tuple[Callable[[bytes, list[bytes], random.Random], bytes], ...] = (
    bit_noise,
    truncation,
    range_deletion,
    duplication,
    splice,
    header_fields,
    atom_sizes,
    times_ahead,
    times_back,
    pixel_bomb,
)
