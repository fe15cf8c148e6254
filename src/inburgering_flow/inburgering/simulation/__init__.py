"""A year and a half of a fictitious municipality: newcomers that are drawn, staff and partners who act through the services,
and what must be true after each day.

``shares`` is the one table of what is drawn, ``population`` draws the people, ``answers`` fills in forms, ``staff`` works
through the tasks, ``outside`` is everybody who is not staff, ``invariants`` reads the database and judges, ``report`` counts.
"""
