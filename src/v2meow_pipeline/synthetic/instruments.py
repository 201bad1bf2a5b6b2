"""General MIDI instruments with their caption phrases and natural pitch ranges."""

from typing import NamedTuple


class Instrument(NamedTuple):
    """General MIDI instrument.

    Attributes:
        program: General MIDI program, 0 to 127.
        phrase: name of the instrument in captions.
        low: lowest natural-sounding MIDI pitch.
        high: highest natural-sounding MIDI pitch.
        gain_db: gain correction that makes programs of both soundfonts about equally loud, dB.
    """

    program: int
    phrase: str
    low: int
    high: int
    gain_db: float = 0.0


INSTRUMENTS: dict[str, Instrument] = {
    "piano": Instrument(0, "piano", 33, 96),
    "bright_piano": Instrument(1, "bright piano", 36, 96),
    "electric_piano": Instrument(4, "electric piano", 36, 88),
    "fm_piano": Instrument(5, "electric piano", 36, 88),
    "harpsichord": Instrument(6, "harpsichord", 41, 84),
    "clavinet": Instrument(7, "clavinet", 36, 84),
    "celesta": Instrument(8, "celesta", 60, 100),
    "glockenspiel": Instrument(9, "glockenspiel", 67, 100),
    "music_box": Instrument(10, "music box", 60, 96),
    "vibraphone": Instrument(11, "vibraphone", 53, 89),
    "marimba": Instrument(12, "marimba", 48, 91),
    "xylophone": Instrument(13, "xylophone", 60, 96),
    "dulcimer": Instrument(15, "hammered dulcimer", 55, 86),
    "drawbar_organ": Instrument(16, "organ", 36, 88),
    "rock_organ": Instrument(18, "rock organ", 36, 88),
    "accordion": Instrument(21, "accordion", 53, 88),
    "bandoneon": Instrument(23, "bandoneon", 50, 86),
    "nylon_guitar": Instrument(24, "nylon guitar", 40, 83),
    "steel_guitar": Instrument(25, "acoustic guitar", 40, 83),
    "jazz_guitar": Instrument(26, "jazz guitar", 40, 83),
    "clean_guitar": Instrument(27, "clean electric guitar", 40, 84),
    "muted_guitar": Instrument(28, "muted guitar", 40, 79),
    "overdriven_guitar": Instrument(29, "overdriven guitar", 38, 86),
    "distorted_guitar": Instrument(30, "distorted guitar", 38, 88),
    "acoustic_bass": Instrument(32, "upright bass", 28, 55),
    "finger_bass": Instrument(33, "bass guitar", 28, 55),
    "pick_bass": Instrument(34, "picked bass", 28, 55),
    "fretless_bass": Instrument(35, "fretless bass", 28, 55),
    "slap_bass": Instrument(36, "slap bass", 28, 55),
    "synth_bass": Instrument(38, "synth bass", 26, 55),
    "deep_synth_bass": Instrument(39, "synth bass", 26, 55),
    "violin": Instrument(40, "violin", 55, 96),
    "viola": Instrument(41, "viola", 48, 84),
    "cello": Instrument(42, "cello", 36, 74),
    "contrabass": Instrument(43, "double bass", 28, 55),
    "tremolo_strings": Instrument(44, "tremolo strings", 40, 88),
    "pizzicato": Instrument(45, "pizzicato strings", 40, 88),
    "harp": Instrument(46, "harp", 36, 96),
    "strings": Instrument(48, "strings", 36, 90),
    "slow_strings": Instrument(49, "strings", 36, 90),
    "synth_strings": Instrument(50, "synth strings", 40, 88),
    "choir": Instrument(52, "choir", 45, 79),
    "voice": Instrument(53, "wordless voices", 45, 79),
    "trumpet": Instrument(56, "trumpet", 54, 84),
    "trombone": Instrument(57, "trombone", 40, 72),
    "muted_trumpet": Instrument(59, "muted trumpet", 54, 82),
    "french_horn": Instrument(60, "French horn", 43, 77),
    "brass": Instrument(61, "brass section", 43, 82),
    "synth_brass": Instrument(62, "synth brass", 43, 82),
    "soprano_sax": Instrument(64, "soprano saxophone", 56, 86),
    "alto_sax": Instrument(65, "alto saxophone", 49, 80),
    "tenor_sax": Instrument(66, "tenor saxophone", 44, 75),
    "oboe": Instrument(68, "oboe", 58, 88),
    "clarinet": Instrument(71, "clarinet", 50, 88),
    "flute": Instrument(73, "flute", 60, 96),
    "pan_flute": Instrument(75, "pan flute", 60, 91),
    "shakuhachi": Instrument(77, "bamboo flute", 57, 86),
    "square_lead": Instrument(80, "square-wave lead", 52, 91),
    "saw_lead": Instrument(81, "sawtooth lead", 52, 91),
    "warm_pad": Instrument(89, "warm pad", 40, 84),
    "poly_synth": Instrument(90, "poly synth", 40, 88),
    "choir_pad": Instrument(91, "airy pad", 43, 84),
    "halo_pad": Instrument(94, "glowing pad", 43, 84),
    "sweep_pad": Instrument(95, "sweeping pad", 40, 84),
    "sitar": Instrument(104, "sitar", 48, 84),
    "banjo": Instrument(105, "banjo", 48, 84),
    "shamisen": Instrument(106, "shamisen", 50, 86),
    "koto": Instrument(107, "koto", 48, 88),
    "kalimba": Instrument(108, "kalimba", 53, 88),
    "fiddle": Instrument(110, "fiddle", 55, 91),
    "steel_drums": Instrument(114, "steel drums", 52, 84),
}

DRUM_KITS: dict[str, int] = {"standard": 0, "power": 16, "tr808": 25, "jazz": 32, "orchestra": 48}
"""Drum-kit programs that both soundfonts have."""
