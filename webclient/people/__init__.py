"""Who uses these pages, when others than the one at this machine can reach them: people, their sessions, and two ways to sign in."""
