"""Edit cases made from real commits, undisturbed and disturbed as models disturb them.

    cd tests/benchmarks; python -m disturbed --repo DIR [--repo DIR ...] [--commits N] [--seed S]
        [--json] [--failures] [--refusals DISTURBANCE]

Commits are drawn from each repository, and each is written as a model's reply in every format that
is read: as it is, disturbed in one way (twice), and in two ways at once. The reply is planned
against the file as it is, in a folder of its own. Nothing is checked out.

What is right follows from how a case was made; the matcher has no part in it:

- All of a reply must be there. The result is the file that the commit left; where the model saw an
  older version, also what ``git merge-file`` makes of its change and of the drift since.
- A line that the change leaves must be the file's own, to the last space and to its ending. One
  line is excepted: one whose equal comes or goes in the same change, for no reply says which of the
  two stays. Its ending, and the disturbed part of it, may be the other's.
- A line that the change brings must be the commit's, but for what was disturbed in it: space at
  its end, typographic punctuation, and in a file of tabs spaces of the commit's own that a model
  which writes spaces cannot tell from tabs. Its ending is one that the file has; a new file's are
  the reply's.
- The final newline is as in the file or as the commit left it.
- A wrong number is never the only thing that tells two equal places apart; it would name the other.
- Nothing else may change, no other file may appear.
- A reply that is refused must still be right in what it would do of itself: whole places, or none.
- A reply that ends within an edit must be refused. One that ends between two edits looks complete,
  so the edits before that are right.

``literal`` are counted apart: wrong by these rules, but what the reply says to the letter. The lines
that it gives of each place stand in the file exactly once, character by character, and what was
planned is their replacement; its line number, if it has any, is at most five lines off. Yet the
disturbance made them those of another place: the one that the model saw is gone or was miscopied,
and its twin is not. No reader could tell.
"""
