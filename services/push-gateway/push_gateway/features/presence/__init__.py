"""Who views and who types where."""
