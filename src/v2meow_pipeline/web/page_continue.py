"""Controls of the page to continue a take on another video."""

from typing import NamedTuple

import gradio as gr

from v2meow_pipeline.web.page_takes import take_choice


class ContinueControls(NamedTuple):
    """Controls of a continuation; its settings are those of the page.

    Attributes:
        group: all of them, which is visible when there are takes.
        take: number of the take.
        video: the next video.
        button: starts the job.
        problem: error of a request that was refused.
    """

    group: gr.Accordion
    take: gr.Radio
    video: gr.Video
    button: gr.Button
    problem: gr.HTML


def continue_controls() -> ContinueControls:
    """Adds the controls to the page that is being built.

    Returns:
        The controls.
    """
    with gr.Accordion("Continue a take on the next video", open=False, visible=False, elem_id="continue") as group:
        gr.Markdown(
            "The music of the next video goes on from the last seconds of the take before its fade-out. Prompt, seed "
            "and all other settings are those of the page."
        )
        take = take_choice("continue_take")
        video = gr.Video(label="Next video", sources=["upload"], elem_id="continue_video")
        problem = gr.HTML(elem_id="continue_problem")
        button = gr.Button("Continue", elem_id="continue_start")
    return ContinueControls(group, take, video, button, problem)
