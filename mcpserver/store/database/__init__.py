"""The interface of a driver: statements, changes that commit together, the queue of changes, errors.

``change`` has ``Statement`` with its guard on the number of rows, ``driver`` the protocol ``Database`` with
``fetch`` and ``apply``, ``queue`` the changes that wait for one shared commit, ``errors`` what may be raised.

It may import nothing but the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""
