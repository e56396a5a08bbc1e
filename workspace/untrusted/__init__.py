"""What a stranger's model file may be, looked at before any library opens it."""
