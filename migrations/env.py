"""Runs migrations on the connection that the caller hands over; `calibaja publish` always has one."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=False)
with context.begin_transaction():
    context.run_migrations()
