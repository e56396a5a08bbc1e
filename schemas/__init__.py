"""What the parts of mien agree on: errors, settings, tables. No I/O, light imports."""
