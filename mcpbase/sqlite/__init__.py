"""What is true of every SQLite database here: a private file, known again by its identity, and errors that pass told from faults of a statement.

``file`` makes and judges the file, ``faults`` judges errors. How a program writes, reads and migrates is its own: the service has one writer for many
requests, the web client one statement at a time.

It may import the value modules at the top of ``mcpbase``, and neither program.
"""
