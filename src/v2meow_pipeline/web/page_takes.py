"""What the groups of controls for earlier takes have in common: a choice of a take, and hidden without one."""

import gradio as gr

from v2meow_pipeline.web.job import Job


def take_choice(elem_id: str) -> gr.Radio:
    """Adds a choice of a take to the page that is being built.

    Args:
        elem_id: identifier of the element.

    Returns:
        The control.
    """
    return gr.Radio([1], value=1, label="Take", min_width=160, elem_id=elem_id)


def take_view(job: Job | None) -> tuple[gr.Accordion, gr.Radio]:
    """Group of controls and choice of the take, for the takes of a job.

    Args:
        job: the job on the page; None for none.

    Returns:
        Changes of the controls; the best take is chosen.
    """
    if job is None or job.result is None:
        return gr.Accordion(visible=False), gr.Radio()
    takes = job.result.takes
    best = next((number for number, take in enumerate(takes, start=1) if take.best), 1)
    return gr.Accordion(visible=True), gr.Radio(choices=list(range(1, len(takes) + 1)), value=best)
