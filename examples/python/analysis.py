# %% [markdown]
# # A season of the sample shop
#
# Web, app, tills, call centre and e-mail know the same people under other
# names. Open this file in a notebook (Jupyter, VS Code, …), or run it:
#
#     python3 examples/python/analysis.py [events.jsonl]
#
# Without a file it makes the events itself, with `sample_shop` of a build.

# %%
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import omni
import pandas

folder = tempfile.TemporaryDirectory()
generator = os.environ.get("OMNI_SAMPLE_SHOP", "build/examples/sample_shop")


def input_events() -> io.BufferedIOBase:
    if len(sys.argv) > 1 and Path(sys.argv[1]).is_file():
        return open(sys.argv[1], "rb")
    made = subprocess.run(
        [generator, "--seed", "1", "--dirt"], check=True, capture_output=True
    )
    return io.BytesIO(made.stdout)


# %% [markdown]
# ## Import
#
# What cannot be taken is not lost: it is counted and listed, with its reason.

# %%
store = omni.Store(Path(folder.name, "shop.omni"), create=True, calling_code=41)
with input_events() as lines:
    summary = store.import_file(lines, source="sample", durability="off")
print(
    f"{summary.read} records: {summary.taken} events,"
    f" {summary.duplicates} retries, {summary.refused} refused"
)
for entry in store.refused(limit=3):
    print(f"  line {entry.line}: {entry.reason}")

# %% [markdown]
# ## Profiles
#
# A row for each person; identifiers by namespace, traits, figures by event.

# %%
people = store.profiles().to_pandas(decimals="float")
print(f"{len(people)} profiles from {store.stats().nodes} identifiers")
print(people["channels"].map(len).value_counts().sort_index().to_string())

# %% [markdown]
# ## Revenue by channel
#
# `events()` reads what all people did. With `decimals="float"` pandas counts
# fast; without it amounts stay exact.

# %%
orders = store.events(name="Order Completed").to_pandas()
revenue = orders.groupby(["channel", "properties.currency"])[
    "properties.revenue"
].agg(["count", "sum"])
print(revenue.to_string())

# %% [markdown]
# ## Who comes back
#
# A card at the till and an account on the web are one person here: without
# that, many of these would be customers who bought once.

# %%
bought = orders.groupby("profile").agg(
    orders=("id", "count"), channels=("channel", "nunique")
)
back = bought[bought["orders"] > 1]
print(f"{len(back)} of {len(bought)} customers bought more than once,")
print(f"{(back['channels'] > 1).sum()} of them on more than one channel")

# %% [markdown]
# ## One person
#
# In a notebook this shows a card: names, traits and where they come from,
# figures, last events.

# %%
best = store.profile(bought["orders"].idxmax(), events=5)
best

# %%
print(best)

# %% [markdown]
# ## A wrong merge, found and undone
#
# Somebody merges two customers at the till. Two first names of one person are
# worth a look.

# %%
two = people[people["identifiers.user_id"].map(len) == 1].iloc[:2]
anna, bob = (f"user_id:{ids[0]}" for ids in two["identifiers.user_id"])
before = {who: store.profile_json(who) for who in (anna, bob)}
store.merge(anna, bob, "same address", author="till-3")

people = store.profiles().to_pandas(decimals="float")
suspects = people[people["identifiers.user_id"].map(len) > 1]
print(f"{len(suspects)} profile with two accounts:")
print(suspects["identifiers.user_id"].to_string(index=False))

# %% [markdown]
# Why are they one person? Every link has its reason.

# %%
why = store.explain(anna, bob)
print(why)

# %% [markdown]
# A split overrules the merge, and every figure is as if it had never been.

# %%
store.split(anna, bob, "two people at one address", author="service desk")
assert store.find(anna) != store.find(bob)
assert before == {who: store.profile_json(who) for who in (anna, bob)}
print("undone: both profiles are, byte for byte, what they were")
print(store.explain(anna, bob))

# %%
store.close()
folder.cleanup()
