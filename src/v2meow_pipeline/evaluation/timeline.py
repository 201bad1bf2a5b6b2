"""Timeline figure of a video and its music: frames, waveform, spectrogram, cuts, motion, beats and loudness."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.evaluation.motion_events import Span, detect_motion_events
from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.media.decode import FrameSpec, Window, iter_clip_frames
from v2meow_pipeline.media.loudness import loudness_lufs
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.metrics.energy import ENVELOPE_HZ, correlation, loudness_envelope
from v2meow_pipeline.metrics.picture import Picture
from v2meow_pipeline.metrics.rhythm import Rhythm, analyse_rhythm
from v2meow_pipeline.metrics.synchrony import alignment
from v2meow_pipeline.tokenizers.picture import draw_spectrogram

SHOWN_FRAMES, FRAME_PX = 12, 160
WAVEFORM_COLUMNS = 2000
NEAR_S = 0.1


class Timeline(NamedTuple):
    """Events of a video and its music.

    Attributes:
        picture: cuts, motion peaks and motion.
        wave: mono waveform, [n].
        sample_rate_hz: sample rate of the wave in Hz.
        rhythm: beats and tempo of the wave.
    """

    picture: Picture
    wave: np.ndarray
    sample_rate_hz: int
    rhythm: Rhythm

    def figures(self) -> dict[str, float]:
        """Loudness, tempo, counts of events, and synchrony of music and video: lifts within 0.1 s, NaN without events.

        `loudness_with_movement` is the correlation of loudness and motion.
        """
        picture, beats_s = self.picture, self.rhythm.beats_s
        lifts = {
            f"{name}_lift": alignment(events_s, beats_s, NEAR_S, picture.duration_s).lift
            for name, events_s in {"cuts": picture.cuts_s, "peaks": picture.peaks_s}.items()
        }
        return {
            "duration_s": picture.duration_s,
            "loudness_lufs": loudness_lufs(self.wave, self.sample_rate_hz),
            "silent_share": self.rhythm.silent_share,
            "tempo_bpm": self.rhythm.tempo_bpm,
            "beats": float(len(beats_s)),
            "cuts": float(len(picture.cuts_s)),
            "peaks": float(len(picture.peaks_s)),
            **lifts,
            "loudness_with_movement": self._loudness_with_movement(),
        }

    def _loudness_with_movement(self) -> float:
        loud, motion = loudness_envelope(self.wave, self.sample_rate_hz), self.picture.motion_at(ENVELOPE_HZ)
        count = min(len(loud), len(motion))
        return correlation(loud[:count], motion[:count]).pearson


def read_timeline(video: Path, sample_rate_hz: int, fps: float) -> Timeline:
    """Analyses a video file and its sound.

    Args:
        video: path of a video with sound.
        sample_rate_hz: sample rate of the analysed sound in Hz.
        fps: frame rate at which motion is measured.

    Returns:
        Events of video and sound.

    Raises:
        MediaError: if the video cannot be read, or has no sound.
    """
    duration_s = probe(video).duration_s
    wave = read_audio(video, sample_rate_hz, duration_s=duration_s)
    return Timeline(
        detect_motion_events(Span(video, 0.0, duration_s), fps),
        wave,
        sample_rate_hz,
        analyse_rhythm(wave, sample_rate_hz),
    )


def draw_timeline(
    timeline: Timeline, path: Path, video: Path | None = None, waveform: bool = False, width_in: float = 12.0
) -> None:
    """Saves the figure: frames, spectrogram with cuts and beats, and curves of motion and loudness, from top to bottom.

    Args:
        timeline: events to draw.
        path: path of the PNG file, written atomically.
        video: video whose frames are shown; None leaves the frames out, for example if they may not be published.
        waveform: whether to show the waveform above the spectrogram.
        width_in: width in inches; there are 100 pixels per inch.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    heights = [1.0] * (video is not None) + [1.0] * waveform + [3.0, 1.4]
    figure = Figure(figsize=(width_in, 1.2 + 0.8 * sum(heights)), layout="constrained")
    FigureCanvasAgg(figure)
    *optional, spectrogram, curves = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    if video is not None:
        _draw_frames(optional[0], video, timeline.picture.duration_s)
    if waveform:
        _draw_waveform(optional[-1], timeline)
    _draw_spectrogram(spectrogram, timeline)
    _draw_curves(curves, timeline)
    curves.set(xlabel="seconds", xlim=(0, timeline.picture.duration_s))
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=100, format="png")


def _draw_frames(axis: Any, video: Path, duration_s: float) -> None:
    step_s = duration_s / SHOWN_FRAMES
    spec = FrameSpec(fps=1 / step_s, size_px=FRAME_PX, gray=False, fit="stretch")
    (found,) = iter_clip_frames(video, [Window(0.0, duration_s)], {"frames": spec})
    for index, frame in enumerate(found["frames"].images[:SHOWN_FRAMES]):
        axis.imshow(frame, extent=(index * step_s, (index + 1) * step_s, 0, 1), aspect="auto")
    axis.set(ylim=(0, 1), yticks=[])


def _draw_waveform(axis: Any, timeline: Timeline) -> None:
    """Minimum and maximum of the waveform in each of `WAVEFORM_COLUMNS` intervals."""
    wave = timeline.wave
    columns = np.array_split(wave, min(WAVEFORM_COLUMNS, max(1, len(wave))))
    lowest, highest = ([reduce(column, initial=0.0) for column in columns] for reduce in (np.min, np.max))
    times_s = np.linspace(0, len(wave) / timeline.sample_rate_hz, len(columns))
    axis.fill_between(times_s, lowest, highest, linewidth=0, color="tab:blue")
    axis.set(ylim=(-1, 1), yticks=[], ylabel="waveform")


def _draw_spectrogram(axis: Any, timeline: Timeline) -> None:
    draw_spectrogram(axis, timeline.wave, timeline.sample_rate_hz)
    top = timeline.sample_rate_hz / 2000
    axis.vlines(timeline.picture.cuts_s, 0, top, colors="white", linestyles="dashed", label="cuts")
    axis.plot(timeline.rhythm.beats_s, np.full(len(timeline.rhythm.beats_s), 0.96 * top), "c|", ms=10, label="beats")
    peaks_s = timeline.picture.peaks_s
    axis.plot(peaks_s, np.full(len(peaks_s), 0.04 * top), "w^", ms=5, label="peaks of movement")
    axis.set_ylim(0, top)
    axis.legend(loc="upper right", fontsize=8, facecolor="black", labelcolor="white")


def _draw_curves(axis: Any, timeline: Timeline) -> None:
    motion = timeline.picture.motion_at(ENVELOPE_HZ)
    loud = loudness_envelope(timeline.wave, timeline.sample_rate_hz)
    axis.plot((np.arange(len(motion)) + 0.5) / ENVELOPE_HZ, motion, color="tab:orange")
    axis.set_ylabel("movement", color="tab:orange")
    right = axis.twinx()
    right.plot((np.arange(len(loud)) + 0.5) / ENVELOPE_HZ, loud, color="tab:blue")
    right.set_ylabel("loudness, dBFS", color="tab:blue")
