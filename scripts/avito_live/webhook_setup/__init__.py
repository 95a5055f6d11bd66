"""The owner's commands for the webhook: subscribe, unsubscribe, test, status, doctor, change the secret."""
