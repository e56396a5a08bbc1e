"""FiftyOne's App on a workspace: faces, photographs, labels, raters and what networks say of them."""
