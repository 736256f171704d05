"""Raw exports of the treasury: payments and budget lines."""
