"""Captions of synthetic clips, generated from their plans and so correct by construction."""

import numpy as np

from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.synthetic.instruments import INSTRUMENTS
from v2meow_pipeline.synthetic.plan import ClipPlan

TEMPO_WORDS = (
    (76.0, ("slow", "unhurried")),
    (104.0, ("mid-tempo", "moderate")),
    (132.0, ("upbeat", "lively")),
    (999.0, ("fast", "rapid")),
)
MOODS: dict[str, tuple[tuple[float, tuple[str, ...]], ...]] = {
    "major": (
        (0.25, ("calm", "peaceful", "tender", "gentle")),
        (0.5, ("relaxed", "warm", "easygoing", "sunny")),
        (0.75, ("cheerful", "bright", "confident", "playful")),
        (2.0, ("euphoric", "triumphant", "exuberant", "powerful")),
    ),
    "minor": (
        (0.25, ("melancholy", "sparse", "lonely", "quiet")),
        (0.5, ("wistful", "moody", "pensive", "mysterious")),
        (0.75, ("dark", "driving", "brooding", "restless")),
        (2.0, ("intense", "fierce", "dramatic", "relentless")),
    ),
}
GENRE_PHRASES: dict[str, tuple[str, ...]] = {
    "rock": ("rock", "rock band"),
    "metal": ("heavy metal", "metal"),
    "pop": ("pop",),
    "electronic": ("electronic", "electronic dance"),
    "hip hop": ("hip hop",),
    "reggae": ("reggae",),
    "jazz": ("jazz",),
    "latin": ("Latin",),
    "asian": ("East Asian inspired",),
    "african": ("African inspired",),
    "ambient": ("ambient",),
    "classical": ("classical",),
}
_METRES = {3: "in waltz time", 6: "with a 6/8 lilt"}
_MAX_INSTRUMENTS = 3


def caption(plan: ClipPlan, instruments: list[str]) -> str:
    """Generates a caption with genre, mood, tempo, instruments and possibly a change of energy.

    Args:
        plan: plan of the clip.
        instruments: names of its instruments, the most played first; drums are "drums".

    Returns:
        One or two English sentences.
    """
    rng = np.random.default_rng(derive_seed(plan.seed, "caption"))
    mood = _pick(rng, _level(MOODS[plan.mode], plan.energy[0][1]))
    tempo = _pick(rng, _level(TEMPO_WORDS, plan.tempo_bpm))
    genre = _pick(rng, GENRE_PHRASES[plan.genre])
    pace = "medium" if tempo == "mid-tempo" else tempo
    players = _listed(_phrases(instruments))
    metre = _METRES.get(plan.beats_per_bar, "")
    tail = f" {metre}" if metre and rng.random() < 0.6 else ""
    templates = (
        f"{_article(mood)} {mood} {genre} piece with {players}, {tempo}{tail}.",
        f"{_article(tempo)} {tempo}, {mood} {genre} track featuring {players}{tail}.",
        f"{mood} {genre} music at {_article(pace).lower()} {pace} pace{tail}, played on {players}.",
        f"{players} in {_article(mood).lower()} {mood}, {tempo} {genre} tune{tail}.",
        f"{tempo} {genre} music{tail}. It sounds {mood} and features {players}.",
        f"This is {_article(tempo).lower()} {tempo} {genre} instrumental{tail} with {players}; the mood is {mood}.",
    )
    text = _pick(rng, templates)
    return text[0].upper() + text[1:] + _ending(plan, rng)


def _ending(plan: ClipPlan, rng: np.random.Generator) -> str:
    """Optional second sentence: a change of energy, missing drums, or the mode."""
    change = plan.energy[-1][1] - plan.energy[0][1]
    if change > 0.25:
        return _pick(rng, (" It builds up midway.", " Halfway through it becomes louder and fuller."))
    if change < -0.25:
        return _pick(rng, (" It calms down midway.", " Halfway through it becomes quieter and sparser."))
    if not plan.drums and rng.random() < 0.6:
        return _pick(rng, (" There are no drums.", " No percussion is heard."))
    if rng.random() < 0.15:
        return f" It is in a {plan.mode} key."
    return ""


def _level(table: tuple[tuple[float, tuple[str, ...]], ...], value: float) -> tuple[str, ...]:
    return next(words for limit, words in table if value < limit)


def _phrases(instruments: list[str]) -> list[str]:
    """Unique phrases of the most played instruments, drums last."""
    melodic = [INSTRUMENTS[name].phrase for name in instruments if name != "drums"]
    chosen = list(dict.fromkeys(melodic))[: _MAX_INSTRUMENTS - ("drums" in instruments)]
    return chosen + ["drums"] * ("drums" in instruments)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _article(word: str) -> str:
    return "An" if word[0].lower() in "aeiou" and not word.lower().startswith("eu") else "A"


def _pick(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[int(rng.integers(len(words)))]
