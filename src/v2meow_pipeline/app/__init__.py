"""What people start: the v2meow command and its groups, the demo, schedules."""
