#!/bin/sh
# Builds libomni and runs its tests on a fresh Debian 12 or Ubuntu 24.04
# machine; installs what is missing. From any folder:
#
#     tests/run.sh [--quick] [--seeds N] [--keep-going] [--platforms LIST]
#
# --quick           only the plain build
# --seeds N         cases of each property test
# --keep-going      after a failure too
# --platforms LIST  on these too, by cross compilers and emulation: arm64,armhf
#                   and so on, or all; see tests/platforms/run.sh
#
# OMNI_BUILD_ROOT names another folder for the builds, OMNI_DATA one with
# outside data; tests that need it are skipped without it.
set -u

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
builds=${OMNI_BUILD_ROOT:-$root/build}/build-test
quick=no
keep_going=no
platforms=
passed=0
failed=0
skipped=0

usage() {
    echo "usage: tests/run.sh [--quick] [--seeds N] [--keep-going]" \
        "[--platforms LIST]" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
        --quick) quick=yes ;;
        --keep-going) keep_going=yes ;;
        --seeds)
            [ $# -gt 1 ] || usage
            OMNI_CASES=$2
            export OMNI_CASES
            shift
            ;;
        --platforms)
            [ $# -gt 1 ] || usage
            platforms=$(echo "$2" | tr ',' ' ')
            shift
            ;;
        *) usage ;;
    esac
    shift
done

finish() {
    echo
    if [ "$skipped" -gt 0 ]; then
        echo "$passed passed, $failed failed, $skipped skipped"
    else
        echo "$passed passed, $failed failed"
    fi
    [ "$failed" -eq 0 ]
    exit
}

fail() {
    echo "FAILED: $1"
    failed=$((failed + 1))
    [ "$keep_going" = yes ] || finish
}

# build NAME [MESON OPTIONS]: configure and compile $builds/NAME.
build() {
    folder=$builds/$1
    echo
    echo "== $1: build"
    shift
    if [ ! -f "$folder/build.ninja" ]; then
        rm -rf "$folder"
        meson setup -Dtests=enabled "$@" "$folder" "$root" >"$log" 2>&1 || {
            cat "$log"
            return 1
        }
    fi
    ninja -C "$folder" >"$log" 2>&1 || {
        tail -n 60 "$log"
        return 1
    }
}

# run_tests NAME [MESON TEST OPTIONS]: run tests of $builds/NAME and count.
run_tests() {
    folder=$builds/$1
    echo "== $1: tests"
    shift
    rm -f "$folder"/meson-logs/testlog*
    meson test -C "$folder" --no-rebuild --print-errorlogs "$@"
    result=$?
    counts=$(python3 "$root/tests/support/summary.py" "$folder")
    # Three numbers.
    # shellcheck disable=SC2086
    set -- $counts
    passed=$((passed + $1))
    failed=$((failed + $2))
    skipped=$((skipped + $3))
    if [ "$result" -ne 0 ] && [ "$2" -eq 0 ]; then
        failed=$((failed + 1))
    fi
    [ "$result" -eq 0 ] || [ "$keep_going" = yes ] || finish
}

plain() {
    build plain || { fail "plain build"; return; }
    run_tests plain
}

# The other compiler; memory errors and undefined behaviour; arbitrary bytes.
clang_sanitized() {
    CC=clang build clang -Dfuzz=true -Db_sanitize=address,undefined \
        -Db_lundef=false -Dc_args=-fno-sanitize-recover=all \
        -Dbench=disabled ||
        { fail "clang build"; return; }
    run_tests clang --timeout-multiplier 4 \
        --suite unit --suite api --suite cli --suite fuzz
    given=${OMNI_CASES:-}
    OMNI_CASES=${given:-10}
    export OMNI_CASES
    run_tests clang --timeout-multiplier 4 --suite property
    [ -n "$given" ] || unset OMNI_CASES
}

# Data races. Where addresses are too random for the tool, they are made less.
threads() {
    build tsan -Db_sanitize=thread -Dbench=disabled ||
        { fail "thread-sanitized build"; return; }
    set -- --timeout-multiplier 4 --suite threads --suite cli
    if setarch -R true 2>/dev/null; then
        run_tests tsan "$@" --wrapper "setarch -R"
    else
        run_tests tsan "$@"
    fi
}

# Reads of what nobody wrote, and leaks. Threads take turns here, and are made
# to take them fairly, or those that only read starve those that write.
valgrind_unit() {
    CK_TIMEOUT_MULTIPLIER=4
    OMNI_SHARE=10
    export CK_TIMEOUT_MULTIPLIER OMNI_SHARE
    run_tests plain --timeout-multiplier 4 --suite unit \
        --wrapper "valgrind --quiet --fair-sched=yes --error-exitcode=99 \
            --leak-check=full --errors-for-leak-kinds=definite"
    unset CK_TIMEOUT_MULTIPLIER OMNI_SHARE
}

# Other machines: each with a line of a table, and the sum at the end of it.
other_platforms() {
    # Words without blanks.
    # shellcheck disable=SC2086
    "$root/tests/platforms/run.sh" $platforms | tee "$builds/platforms.txt"
    counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed.*/\1 \2/p' \
        "$builds/platforms.txt")
    # shellcheck disable=SC2086
    set -- ${counts:-0 1}
    passed=$((passed + $1))
    failed=$((failed + $2))
}

"$root/tests/support/install.sh" test || { fail "installation"; finish; }
mkdir -p "$builds"
log=$builds/log.txt

plain
if [ "$quick" = no ]; then
    clang_sanitized
    threads
    valgrind_unit
fi
[ -z "$platforms" ] || other_platforms
finish
