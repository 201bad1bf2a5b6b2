"""Controls of the page to generate a span of a take anew."""

from typing import NamedTuple

import gradio as gr

from v2meow_pipeline.web.job import MAX_PROMPT, MAX_SEED, MAX_SPAN, Job


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
            take = gr.Radio([1], value=1, label="Take", min_width=160, elem_id="redo_take")
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


def redo_view(job: Job | None) -> tuple[gr.Accordion, gr.Radio, gr.Number]:
    """Group of the controls, choice of the take, and an empty seed, for the takes of a job.

    Args:
        job: the job on the page; None for none.

    Returns:
        Changes of the controls; the best take is chosen.
    """
    # Gradio shows 0 in a field that was empty from the beginning.
    seed = gr.Number(value=None)
    if job is None or job.result is None:
        return gr.Accordion(visible=False), gr.Radio(), seed
    takes = job.result.takes
    best = next((number for number, take in enumerate(takes, start=1) if take.best), 1)
    return gr.Accordion(visible=True), gr.Radio(choices=list(range(1, len(takes) + 1)), value=best), seed
