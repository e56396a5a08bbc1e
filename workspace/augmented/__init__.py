"""The balanced training set: the table `augmented`, and the pictures that its recipes stand for."""
