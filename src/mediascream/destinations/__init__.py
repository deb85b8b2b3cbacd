"""The places that get a copy of each photo: what each must do, and what some can do."""
