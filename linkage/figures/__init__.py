"""What the ground computes: gaps, names, progress of the set-up."""
