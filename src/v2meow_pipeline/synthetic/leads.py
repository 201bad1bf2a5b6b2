"""Lead voice (melody) of each genre."""

from typing import NamedTuple


class Lead(NamedTuple):
    """Lead voice of a genre.

    Attributes:
        instruments: candidate instruments, of which one is chosen per clip.
        centre: center of the register at medium energy, MIDI pitch; the register rises with energy.
        scales: scale in major keys, and scale in minor keys.
        restless: amount of syncopation, 0 to 1.
    """

    instruments: tuple[str, ...]
    centre: int
    scales: tuple[str, str]
    restless: float


LEADS: dict[str, Lead] = {
    "rock": Lead(
        ("overdriven_guitar", "clean_guitar", "rock_organ"), 69, ("major_pentatonic", "minor_pentatonic"), 0.4
    ),
    "metal": Lead(("distorted_guitar", "overdriven_guitar"), 70, ("phrygian", "harmonic_minor"), 0.3),
    "pop": Lead(("voice", "square_lead", "bright_piano", "alto_sax"), 71, ("major", "minor"), 0.35),
    "electronic": Lead(("saw_lead", "square_lead", "poly_synth"), 73, ("major_pentatonic", "minor"), 0.5),
    "hip hop": Lead(("fm_piano", "flute", "muted_trumpet", "voice"), 69, ("major_pentatonic", "minor_pentatonic"), 0.6),
    "reggae": Lead(("trumpet", "tenor_sax", "drawbar_organ"), 67, ("major_pentatonic", "minor_pentatonic"), 0.5),
    "jazz": Lead(
        ("tenor_sax", "alto_sax", "muted_trumpet", "clarinet", "vibraphone"), 67, ("mixolydian", "dorian"), 0.6
    ),
    "latin": Lead(("trumpet", "flute", "accordion", "bandoneon"), 71, ("major", "harmonic_minor"), 0.6),
    "asian": Lead(("shakuhachi", "pan_flute", "shamisen", "fiddle"), 72, ("yo", "hirajoshi"), 0.15),
    "african": Lead(("clean_guitar", "flute", "alto_sax", "kalimba"), 70, ("major_pentatonic", "dorian"), 0.55),
    "ambient": Lead(("flute", "slow_strings", "vibraphone", "halo_pad"), 72, ("lydian", "dorian"), 0.1),
    "classical": Lead(("violin", "flute", "oboe", "clarinet", "piano"), 74, ("major", "harmonic_minor"), 0.1),
}
