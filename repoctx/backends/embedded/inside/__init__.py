"""What runs inside the sandbox, in the check's own interpreter (Python 3.9 or later).

It loads the tests once and then tries one change after another, each in a forked child. Standard
library only, and imported under a private name (see ``boot``), so that it can neither miss a
package nor shadow one of the repository's. Everything that it reports is unproven: the repository's
code runs in the same process and could say the same.
"""
