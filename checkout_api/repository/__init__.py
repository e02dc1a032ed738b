"""Every query, by what it asks about. Each function takes the open transaction first and decides nothing."""
