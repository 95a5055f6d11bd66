"""Breaks the real system on purpose and checks that it keeps its promises."""
