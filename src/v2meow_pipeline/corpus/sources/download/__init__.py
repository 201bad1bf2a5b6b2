"""Rate-limited, resumable download of the videos of published corpora."""
