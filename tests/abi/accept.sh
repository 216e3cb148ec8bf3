#!/bin/sh
# Takes the binary interface of a built library over as the baseline:
#
#     tests/abi/accept.sh [LIBRARY]
#
# LIBRARY is build/lib/libomni.so by default, built by gcc with debug
# information. Look at the difference (abidiff) before it is committed.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
library=${1:-$root/build/lib/libomni.so}
baseline=$root/tests/abi/libomni.abi

abidiff --headers-dir2 "$root/include/omni" --drop-private-types \
    "$baseline" "$library" || true
abidw --headers-dir "$root/include/omni" --drop-private-types \
    --exported-interfaces-only --no-show-locs --no-comp-dir-path \
    --no-corpus-path --no-elf-needed --out-file "$baseline" "$library"
echo "written: $baseline"
