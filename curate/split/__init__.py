"""Train, validation and test without leaks, and a check of any data set for them.

relations.py  which pictures are related, and by what
draw.py       deals groups to splits: shares, strata, seed
settle.py     what stays where it is, joins, or is left out
step.py       the step `split`: from tables to the table `splits`
members.py    the pictures of a data set to check, whoever made it
leaks.py      copies and identities that stand in two splits
check.py      `curate split --check`
"""
