"""What comes in from sheets."""
