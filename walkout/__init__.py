"""The command line, and the only place where cameras, tracker and checkout are put together."""
