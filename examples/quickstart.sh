#!/bin/sh
# From a fresh Debian or Ubuntu machine to one profile out of five channels:
# installs what is missing, builds, and runs the sample shop through the omni
# command. May be run again; it starts with a new store each time.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
build=$root/build
"$root/tests/support/install.sh" build

say() {
    printf '\n== %s\n' "$1"
}

run() {
    printf '$ %s\n' "$*"
    "$@"
}

say "Building in $build"
if [ ! -f "$build/build.ninja" ]; then
    meson setup "$build" "$root" >/dev/null
fi
ninja -C "$build" examples/cli/omni examples/sample_shop | tail -n 1
PATH=$build/examples/cli:$PATH

shop=$build/quickstart
rm -rf "$shop"
mkdir -p "$shop"
cd "$shop"

say "A season of the sample shop: web, app, tills, call centre and e-mail"
"$build/examples/sample_shop" --seed 1 --dirt >events.jsonl
wc -l events.jsonl

say "An empty store; phone numbers without a country are Swiss"
run omni init shop.omni --calling-code 41

say "The events come in"
run omni import shop.omni events.jsonl

say "Once more: an event that is there already is a duplicate"
run omni import shop.omni events.jsonl

say "What was not taken, and why"
run omni refused shop.omni | head -n 8

say "What the store holds"
run omni stats shop.omni

say "One person, found by the loyalty card"
run omni find shop.omni loyalty_id:7612000000270

say "Everything known of her, over all channels"
run omni profile shop.omni loyalty_id:7612000000270

say "What she did last"
run omni timeline shop.omni loyalty_id:7612000000270 --last 5

say "Somebody else says at the till that they are the same person"
run omni merge shop.omni user_id:u00009 user_id:u00010 \
    --reason "said so at the till" --author till-3
run omni find shop.omni user_id:u00009 || true
run omni find shop.omni user_id:u00010 || true

say "It was a mistake: undone, as if it had never been"
run omni split shop.omni user_id:u00009 user_id:u00010 \
    --reason "two people, one counter" --author service
run omni find shop.omni user_id:u00009 || true
run omni find shop.omni user_id:u00010 || true

say "A digest, equal wherever the same facts are"
run omni digest shop.omni

say "Everything derived anew from the log, and compared"
run omni check shop.omni

say "Done. The store is in $shop/shop.omni"
