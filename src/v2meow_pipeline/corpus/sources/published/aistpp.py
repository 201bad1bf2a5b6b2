"""AIST++ (Li et al. 2021): dances of the AIST Dance Video Database (Tsuchida et al. 2019), whose file names encode
genre and music.
"""

import re
from pathlib import Path

from v2meow_pipeline.corpus.sources.published.config import AistppConfig
from v2meow_pipeline.corpus.sources.published.index_file import IndexFile
from v2meow_pipeline.corpus.sources.published.item import SUFFIX, Item
from v2meow_pipeline.corpus.split import TEST
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.source_video import Split

# gBR_sBM_cAll_d04_mBR0_ch01: genre, situation, camera, dancers, music, choreography.
NAME = re.compile(r"g([A-Z]{2})_s[A-Z]{2}_(cAll|c\d\d)(?:_d\d\d)+_m([A-Z]{2})(\d)_ch\d\d")
DANCES = {
    "BR": "break",
    "PO": "pop",
    "LO": "lock",
    "MH": "middle hip hop",
    "LH": "LA style hip hop",
    "HO": "house",
    "WA": "waack",
    "KR": "krump",
    "JS": "street jazz",
    "JB": "ballet jazz",
}
# Six pieces of music per genre in ascending tempo: BPM of the first, and increment to the next.
TEMPI_BPM = {"HO": (110, 5)}
OTHER_TEMPI_BPM = (80, 10)
PIECES = 6
SPLIT_OF_FILE: dict[str, Split] = {"train": "train", "val": "val", "test": TEST}
PUBLISHED = "crossmodal_{part}.txt"


def read_aistpp(config: AistppConfig) -> list[Item]:
    """Reads the videos of the published lists.

    Args:
        config: corpus configuration. Its index is a list with one name per line, or a directory with
            `crossmodal_train.txt`, `crossmodal_val.txt` and `crossmodal_test.txt`. The name of a list sets the split
            if it ends in train, val or test; otherwise ingestion assigns it.

    Returns:
        Items in the order of the lists.

    Raises:
        ConfigError: if a list is malformed, with file and line.
    """
    path = Path(config.index).expanduser()
    files = [path / PUBLISHED.format(part=part) for part in SPLIT_OF_FILE] if path.is_dir() else [path]
    items: dict[str, Item] = {}
    for file in files:
        index = IndexFile(file)
        for line, name in index.lines():
            item = _item(index, line, name, config)
            if item.id in items:
                index.refuse(line, f"{item.id} is listed twice")
            items[item.id] = item
    if not items:
        raise ConfigError(f"{path} lists no videos.", "See docs/how-to/datasets.md for the source of the lists.")
    return list(items.values())


def tempo_of(genre: str, piece: int) -> float:
    """Tempo of a piece of music.

    Args:
        genre: genre code of two letters, such as "BR".
        piece: number of the piece, 0 to 5.

    Returns:
        Tempo in BPM, 80 to 130; 110 to 135 for house.
    """
    slowest, step = TEMPI_BPM.get(genre, OTHER_TEMPI_BPM)
    return float(slowest + step * piece)


def _item(index: IndexFile, line: int, name: str, config: AistppConfig) -> Item:
    parts = NAME.fullmatch(name.removesuffix(SUFFIX))
    if parts is None or parts[1] not in DANCES or parts[3] not in DANCES or int(parts[4]) >= PIECES:
        index.refuse(line, f"{name!r} is not a name such as gBR_sBM_cAll_d04_mBR0_ch01")
    dance, camera, music, piece = parts.groups()
    video = parts[0] if camera != "cAll" else parts[0].replace("cAll", config.camera)
    tempo_bpm, style = tempo_of(music, int(piece)), DANCES[dance]
    return Item(
        video,
        f"{config.base_url.rstrip('/')}/{video}{SUFFIX}",
        split=SPLIT_OF_FILE.get(re.split(r"[_-]", index.path.stem)[-1]),
        genre=style,
        caption=f"Instrumental music for {style} dance at {tempo_bpm:.0f} beats a minute.",
        tempo_bpm=tempo_bpm,
    )
