"""Other ideas that run here, so that tables have their rows: rules on the picture's movement, and captions alone."""
