"""Breaks the real system on purpose and tells whether it kept its promises."""
