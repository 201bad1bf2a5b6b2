"""Rounds of retraining: new data, a challenger that starts from the champion, and a verdict."""
