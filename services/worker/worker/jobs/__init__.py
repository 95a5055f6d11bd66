"""What runs as an arq job, and the workers that run it."""
