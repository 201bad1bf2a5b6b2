"""Controls of the page to generate a span of a take anew."""

from typing import NamedTuple

import gradio as gr

from v2meow_pipeline.web.job import MAX_PROMPT, MAX_SEED, MAX_SPAN
from v2meow_pipeline.web.page_takes import take_choice


class RedoControls(NamedTuple):
    """Controls of a redo.

    Attributes:
        group: all of them, which is visible when there are takes.
        take: number of the take.
        span: start and end.
        prompt: prompt of the span.
        seed: seed of the span.
        button: starts the job.
        problem: error of a request that was refused.
    """

    group: gr.Accordion
    take: gr.Radio
    span: gr.Textbox
    prompt: gr.Textbox
    seed: gr.Number
    button: gr.Button
    problem: gr.HTML


def redo_controls() -> RedoControls:
    """Adds the controls to the page that is being built.

    Returns:
        The controls.
    """
    with gr.Accordion("Redo a span of a take", visible=False, elem_id="redo") as group:
        with gr.Row():
            take = take_choice("redo_take")
            span = gr.Textbox(
                label="Span",
                info="Start and end; the rest stays as it is.",
                placeholder="0:12-0:20",
                max_length=MAX_SPAN,
                min_width=160,
                elem_id="redo_span",
            )
        with gr.Row():
            prompt = gr.Textbox(
                label="Prompt of the span (optional)",
                info="Empty: as in the take.",
                max_length=MAX_PROMPT,
                min_width=160,
                elem_id="redo_prompt",
            )
            seed = gr.Number(
                None,
                label="Seed of the span (optional)",
                info="Empty: the one after that of the take.",
                precision=0,
                minimum=0,
                maximum=MAX_SEED,
                min_width=160,
                elem_id="redo_seed",
            )
        problem = gr.HTML(elem_id="redo_problem")
        button = gr.Button("Redo", elem_id="redo_start")
    return RedoControls(group, take, span, prompt, seed, button, problem)
