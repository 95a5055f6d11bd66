"""Looks unproven webhooks up at Avito: nothing forged is ever shown."""
