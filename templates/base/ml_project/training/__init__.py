"""Training: batches, schedule, several processes, and what survives an interruption."""
