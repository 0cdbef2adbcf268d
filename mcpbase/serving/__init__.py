"""How connections and bodies are taken in, so that nobody who is slow, silent or many shuts others out."""
