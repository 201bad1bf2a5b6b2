"""Web server: a job queue, a REST API and a Gradio page that generate soundtracks for uploaded videos."""
