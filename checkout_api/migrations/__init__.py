"""The tables, step by step, up and down; run by `checkout_api.database.migrate`."""
