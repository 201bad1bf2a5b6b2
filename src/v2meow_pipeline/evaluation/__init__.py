"""Systems, controls and judges side by side: what the evaluate pipeline computes."""
