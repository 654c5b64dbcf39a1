"""Reconciliation of a business date, three-way: authorization, presentment and journal per item; records, positions and bank
per total.

`facts` is what a run looks at, read in one snapshot by `reading`; `judging` makes findings of it, pure, so the same facts
give the same result; `cases` says what is known of an item about a record, from `terms` (who looks at which kind, under which
reason it may be charged back) and `proposals` (what would put it right). `agreement` says how far the three sides agree,
`running` stores a run and raises its items. `resolving` is how people work them off: `remedies` says what an item books, of a
case `case_remedies`, from how its money stands (`case_reading`).
"""
