"""Visits in, charges and receipts out: the HTTP service that prices, settles and remembers."""
