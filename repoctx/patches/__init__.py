"""Reply text -> files: edits, formats, reply, match, plan, review, journal, apply, history."""
