"""Who gets which case: rules that a company sets, a pure function over them, and what follows from it (decision 0030).

book        the rules and what refuses them          teams       content of a case -> team
people      who of the team, over a state            state       that state, read from the tables
following   the road's stage: teams of touched cases dispatch    the sweep that assigns to people
learning    what had to move                         preview     last week under a draft
words       reasons as sentences
"""
