"""One static HTML page that tells how a network did, fit to be sent to a colleague."""
