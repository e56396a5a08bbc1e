"""What the label of a face is, and how sure."""
