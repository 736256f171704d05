"""`python3 dev.py bench`: what the system costs, each number beside the floor measured in the same run (design §8)."""
