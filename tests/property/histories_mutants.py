"""Wrong rules of policies, retracts, contested devices and groups: each
replaces one function of the model by a plausible mistake."""
from contextlib import contextmanager

import asked
import contested
import dumped
import facts_model
import model
import mutants
import policies


MUTANTS = {}


def noticed(mutant, trial):
    return False
