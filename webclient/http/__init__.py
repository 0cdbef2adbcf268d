"""HTTP for people: challenges, error bodies and strange characters in words, and the port that answers.

``challenges`` parses ``WWW-Authenticate``; ``error_text`` finds the sentence in an error body; ``unicode`` makes
text from strangers safe to show; ``listening`` answers at a port.

It may import nothing but the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""
