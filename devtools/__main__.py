"""`python3 devtools COMMAND ARGUMENT …`: one module a command."""

import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.exit(import_module("devtools.commands").run(sys.argv[1], sys.argv[2:]))
