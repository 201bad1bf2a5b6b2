"""Mapping of AudioSet labels, which YouTube-8M and YouTube topics share, to genres, and the paper's thirteen genres.

Ids and names are from AudioSet's ontology (Gemmeke et al. 2017, github.com/audioset/ontology, "Music genre").
"""

from collections.abc import Iterable

# Paper, section "Data". AudioSet names them "Christian music", "Music of Asia" and so on.
PAPER_GENRES = (
    *("electronic", "hip hop", "pop", "punk rock", "independent", "rhythm and blues", "heavy metal"),
    *("asia", "reggae", "christian", "latin america", "africa", "rock"),
)

# AudioSet id, AudioSet name, genre; most specific first: of several labels of a video, the first in the table is used.
_TABLE = (
    ("/m/05r6t", "Punk rock", "punk rock"),
    ("/m/03lty", "Heavy metal", "heavy metal"),
    ("/m/06cqb", "Reggae", "reggae"),
    ("/m/0164x2", "Music of Africa", "africa"),
    ("/m/0145m", "Afrobeat", "africa"),
    ("/m/028sqc", "Music of Asia", "asia"),
    ("/m/015vgc", "Carnatic music", "asia"),
    ("/m/0dq0md", "Music of Bollywood", "asia"),
    ("/m/0g293", "Music of Latin America", "latin america"),
    ("/m/0ln16", "Salsa music", "latin america"),
    ("/m/0326g", "Flamenco", "latin america"),
    ("/m/02mscn", "Christian music", "christian"),
    ("/m/016cjb", "Gospel music", "christian"),
    ("/m/0glt670", "Hip hop music", "hip hop"),
    ("/m/02cz_7", "Beatboxing", "hip hop"),
    ("/m/06j6l", "Rhythm and blues", "rhythm and blues"),
    ("/m/03_d0", "Jazz", "jazz"),
    ("/m/015y_n", "Swing music", "jazz"),
    ("/m/0ggq0m", "Classical music", "classical"),
    ("/m/05lls", "Opera", "classical"),
    ("/m/01lyv", "Country", "country"),
    ("/m/0gg8l", "Bluegrass", "country"),
    ("/m/0155w", "Blues", "blues"),
    ("/m/0gywn", "Soul music", "soul"),
    ("/m/02x8m", "Funk", "funk"),
    ("/m/026z9", "Disco", "disco"),
    ("/m/06rqw", "Ska", "ska"),
    ("/m/02w4v", "Folk music", "folk"),
    ("/m/02p0sh1", "Traditional music", "traditional"),
    ("/m/06j64v", "Middle Eastern music", "middle east"),
    ("/m/02v2lh", "New-age music", "new age"),
    ("/m/05fw6t", "Music for children", "children"),
    ("/m/03mb9", "House music", "electronic"),
    ("/m/07gxw", "Techno", "electronic"),
    ("/m/07s72n", "Dubstep", "electronic"),
    ("/m/0283d", "Drum and bass", "electronic"),
    ("/m/0m0jc", "Electronica", "electronic"),
    ("/m/08cyft", "Electronic dance music", "electronic"),
    ("/m/0fd3y", "Ambient music", "electronic"),
    ("/m/07lnk", "Trance music", "electronic"),
    ("/m/02lkt", "Electronic music", "electronic"),
    ("/m/05rwpb", "Independent music", "independent"),
    ("/m/0dls3", "Grunge", "rock"),
    ("/m/0dl5d", "Progressive rock", "rock"),
    ("/m/07sbbz2", "Rock and roll", "rock"),
    ("/m/05w3f", "Psychedelic rock", "rock"),
    ("/m/06by7", "Rock music", "rock"),
    ("/m/064t9", "Pop music", "pop"),
)
_RANK = {label: rank for rank, (label, _, _) in enumerate(_TABLE)}
_BY_NAME = {genre: genre for _, _, genre in _TABLE} | {name.lower(): genre for _, name, genre in _TABLE}


def genre_of_labels(labels: Iterable[str]) -> str | None:
    """Most specific genre among AudioSet labels.

    Args:
        labels: AudioSet ids such as "/m/06by7"; labels that are not genres are ignored.

    Returns:
        Genre, or None if no label is a genre.
    """
    ranks = [_RANK[label] for label in labels if label in _RANK]
    return _TABLE[min(ranks)][2] if ranks else None


def genre_named(text: str) -> str | None:
    """Normalizes a genre name.

    Args:
        text: AudioSet id, AudioSet name ("Music of Asia"), genre of this table ("asia"), or any other name.

    Returns:
        Genre of this table; an unknown name in lower case; None for an empty text.
    """
    word = " ".join(text.lower().split())
    return genre_of_labels([word]) or _BY_NAME.get(word, word) or None
