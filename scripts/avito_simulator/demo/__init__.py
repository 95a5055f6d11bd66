"""The demo: buyers with realistic dialogs, who also answer the operator."""
