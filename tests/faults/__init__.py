"""Faults under load: processes and databases are killed while clients write, and what was acknowledged is checked.

``python -m tests.faults SCENARIO --rounds N`` runs one scenario; docs/reliability.md says what each one proves.
"""
