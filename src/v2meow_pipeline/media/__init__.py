"""Video and sound files: probed, decoded in step with their timestamps, encoded and muxed. Local files only."""
