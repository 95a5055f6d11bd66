"""`make doctor`: looks where an owner would, and says of each finding how bad it is and how to mend it."""
