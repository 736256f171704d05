"""Pages of the weekly dispatch: the list, the grid and its autosave, signing, review, versions and print forms."""
