"""What the engine means by each metric. Each module has `measure` for whole tables and `sampled` for the bootstrap."""
