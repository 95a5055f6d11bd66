"""What every service's HTTP side shares: serving, health, the addresses behind a proxy."""
