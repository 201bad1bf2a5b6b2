"""Controls of the page: the uploads and the settings of the music."""

import json
from typing import Any, NamedTuple

import gradio as gr

from v2meow_pipeline.web.config import WebConfig
from v2meow_pipeline.web.job import MAX_PROMPT, MAX_SCENES, MAX_SEED, MAX_TAKES, JobSettings
from v2meow_pipeline.web.job_queue import JobQueue
from v2meow_pipeline.web.page_settings import NAMES, PRESETS

DEFAULTS = JobSettings()
# Gradio asks for 1920 x 1440 pixels otherwise, which small machines cannot encode in real time.
CAMERA = {"video": {"width": {"ideal": 1280}, "height": {"ideal": 720}}}
NARROW = 130


class PageInputs(NamedTuple):
    """Controls of the page.

    Attributes:
        video: the video.
        reference: music whose style the result shall have.
        model: the models.
        settings: controls of the settings, in the order of `NAMES`.
    """

    video: gr.Video
    reference: gr.File
    model: gr.Dropdown
    settings: list[Any]


def page_inputs(queue: JobQueue) -> PageInputs:
    """Adds the controls to the page that is being built.

    Args:
        queue: the server's jobs.

    Returns:
        The controls.
    """
    video = _video(queue.config)
    settings = _prompt_and_takes()
    with gr.Accordion("Scenes, style and tempo", open=False, elem_id="music"):
        of_music, reference = _music()
    with gr.Accordion("Sound and video", open=False, elem_id="sound"):
        settings |= of_music | _sound()
        names = list(queue.models)
        model = gr.Dropdown(names, value=names[0], label="Models", visible=len(names) > 1)
    return PageInputs(video, reference, model, [settings[name] for name in NAMES])


def _video(config: WebConfig) -> gr.Video:
    return gr.Video(
        label=f"Video (up to {config.max_video_s:g} s, {config.max_upload_mb:g} MB)",
        sources=["upload", "webcam"],
        webcam_options=gr.WebcamOptions(mirror=False, constraints=CAMERA),
        elem_id="video",
    )


def _prompt_and_takes() -> dict[str, Any]:
    prompt = gr.Textbox(
        label="Prompt (optional)", placeholder="Describe the music", lines=2, max_length=MAX_PROMPT, elem_id="prompt"
    )
    with gr.Row(elem_id="presets"):
        for label, text in PRESETS.items():
            preset = gr.Button(label, size="sm", min_width=80)
            preset.click(None, None, prompt, js=f"() => {json.dumps(text)}", api_visibility="private")
    with gr.Row():
        seed = gr.Number(0, label="Seed", precision=0, minimum=0, maximum=MAX_SEED, min_width=120, elem_id="seed")
        takes = gr.Slider(1, MAX_TAKES, DEFAULTS.takes, step=1, label="Takes", min_width=160, elem_id="takes")
    return {"prompt": prompt, "seed": seed, "takes": takes}


def _music() -> tuple[dict[str, Any], gr.File]:
    scenes = gr.Textbox(
        label="Prompts of scenes",
        info="One per line: start, end and prompt. The prompt above holds for the rest.",
        placeholder="0:00-0:12 piano jazz\n0:12-0:30 fast techno",
        lines=2,
        max_length=MAX_SCENES * MAX_PROMPT,
        elem_id="scenes",
    )
    reference = gr.File(
        label="Reference song (for its style)",
        file_types=["audio", "video"],
        height=150,
        elem_id="reference",
    )
    with gr.Row():
        tempo = gr.Number(
            None, label="Tempo (BPM)", info="30 to 300; empty: as in the video.", min_width=NARROW, elem_id="tempo"
        )
        guidance = gr.Number(
            None,
            label="Guidance",
            info="Above 1: closer to video and prompt.",
            minimum=0,
            maximum=20,
            min_width=NARROW,
        )
    return {"scenes": scenes, "tempo": tempo, "guidance": guidance}, reference


def _sound() -> dict[str, Any]:
    with gr.Row():
        keep_original = gr.Number(
            None,
            label="Keep the original sound (dB)",
            info="Its volume, such as -6; empty: left out.",
            min_width=NARROW,
            elem_id="keep_original",
        )
        duck = gr.Number(
            DEFAULTS.duck,
            label="Lower the music by (dB)",
            info="While the original sound is audible.",
            min_width=NARROW,
            elem_id="duck",
        )
    with gr.Row():
        fade = gr.Number(DEFAULTS.fade, label="Fade-out (s)", min_width=NARROW, elem_id="fade")
        loudness = gr.Number(DEFAULTS.loudness, label="Loudness (LUFS)", min_width=NARROW, elem_id="loudness")
    encode = gr.Dropdown(
        [("only if browsers need it", "auto"), ("never", "copy"), ("always, as H.264", "h264")],
        value=DEFAULTS.encode,
        label="Encode the video again",
    )
    return {"keep_original": keep_original, "duck": duck, "fade": fade, "loudness": loudness, "encode": encode}
