"""The checkout API: entry codes in, carts priced, exactly one right charge out.

`app` builds the web application from its parts and `server` runs it; `client` is how the store talks to it.
Routes live in `accounts`, `entry`, `catalog`, `visits`, `purchases`, `receipts`, `review`, `refunds`,
`operations`; each is a thin layer over `orders` (what was bought), `settlement` (the money moves once) and
`repository` (all queries). `pricing`, `money`, `entry_codes` and `ledger` are pure; `payments` is the one
door to a payment provider and `gateways` holds the providers. Tables are in `tables`, bodies in `schemas`,
every refusal in `errors`.
"""
