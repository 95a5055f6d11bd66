"""The control API under /_control/: writes the story, sets the faults, tells the truth."""
