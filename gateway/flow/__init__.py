"""What happens to a submission, as pure functions: no IO, no clock, no chance."""
