"""Names that are used where vulture cannot see it: by a framework, by name, or only from outside."""
