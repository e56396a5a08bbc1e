"""One static HTML page that tells what is in a workspace, why, and how to change it."""
