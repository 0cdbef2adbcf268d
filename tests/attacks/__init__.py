"""The attack catalogue as tests: one module a chapter, each test named for its row (README.md)."""
