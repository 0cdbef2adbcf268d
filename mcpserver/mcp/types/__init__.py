"""Python types as a tree of kinds, and the values that JSON allows.

``type_tree`` reads an annotation once; ``constraints``, ``parameters`` and ``default_values`` add what an author
said about it; ``pydantic_kinds`` are models of pydantic; ``callables`` and ``docstrings`` read a function.
``Mismatch`` says what in a value does not fit.

It may import nothing but the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""
