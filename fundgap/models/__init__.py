"""What goes with what: models of ratings."""
