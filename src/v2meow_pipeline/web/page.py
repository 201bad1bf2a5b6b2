"""Gradio page."""

from fastapi import FastAPI

from v2meow_pipeline.web.job_queue import JobQueue


def mount_page(app: FastAPI, queue: JobQueue) -> FastAPI:
    return app
