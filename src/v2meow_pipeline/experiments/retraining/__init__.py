"""Retraining rounds: new data, a challenger that is fine-tuned from the champion, and a promotion decision."""
