"""What goes with what: models of ratings and of spend."""
