"""The sign-in engine by value and on real ports."""
