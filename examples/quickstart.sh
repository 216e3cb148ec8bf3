#!/bin/sh
# From a fresh Debian or Ubuntu machine to one profile out of five channels:
# installs what is missing, builds, and runs the sample shop through the omni
# command. May be run again; it starts with a new store each time. OMNI_BUILD
# names another folder for the build.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
build=${OMNI_BUILD:-$root/build}
"$root/tests/support/install.sh" build

say() {
    printf '\n== %s\n' "$1"
}

run() {
    printf '$ %s\n' "$*"
    "$@"
}

now_ms() {
    echo $(($(date +%s%N) / 1000000))
}

script_began=$(now_ms)
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
began=$(now_ms)
run omni init shop.omni --calling-code 41

say "The events come in"
run omni import shop.omni events.jsonl

say "Everything known of one person over all channels, by her loyalty card"
run omni profile shop.omni loyalty_id:7612000000270
ended=$(now_ms)

say "The first profile was there $((ended - began)) ms after the first command"
echo "and $((ended - script_began)) ms after the build began"

say "The events once more: one that is there already is a duplicate"
run omni import shop.omni events.jsonl

say "What was not taken, and why"
run omni refused shop.omni | head -n 8

say "What the store holds"
run omni stats shop.omni

say "The id of her profile"
run omni find shop.omni loyalty_id:7612000000270

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
