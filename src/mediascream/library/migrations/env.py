"""Alembic's entry: the connection comes from `upgrade.py`, inside one transaction."""

from alembic import context

from mediascream.library.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
