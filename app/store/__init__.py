"""The clerk's own database: drafts, outbox, receipts and what the bureau last said. Encrypted, durable, migrated."""

DATABASE = "store.db"  # in the home folder
