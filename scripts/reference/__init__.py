"""Generated parts of the documents: each is made from the one declaration of what it lists.

A document marks a generated part by `<!-- generated: NAME -->` and `<!-- end of generated -->`.
`make reference` renews all of them; tests/unit/docs/test_reference.py fails if one is not current.
"""
