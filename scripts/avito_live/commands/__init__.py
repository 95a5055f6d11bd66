"""The commands of `avito-live`: arguments, a function, an exit code."""
