"""What an actor may read of people and cases: every page, list, answer and message gets it here, so that what is hidden in
one place is hidden in all. Which place shows what, and which look is logged: docs/privacy.md.

``people`` has names and numbers, ``incidents`` what is told of something that went wrong, ``counts`` how many cases there are.
"""
