"""What the installation and the machine lack, line by line, and what to do about it."""

from curate.doctor.check import Check, text
from curate.doctor.step import doctor

__all__ = ["Check", "doctor", "text"]
