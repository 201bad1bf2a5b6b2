"""What happens around a run; a module for each of Kedro's hooks."""
