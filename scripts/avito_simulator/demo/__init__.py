"""The demo scenario: buyers with believable dialogs, and answers to the operator."""
