#!/bin/sh
# Builds libomni for other platforms and runs there what can be run, from
# Debian on x86-64; installs what is missing. From any folder:
#
#     tests/platforms/run.sh [--digest-only] [PLATFORM…|all]
#
# Platforms: arm64 armhf i386 s390x windows. Each prints a line of a table: tests
# passed, failed and skipped; whether a store filled there has the digest that
# it has here; whether processes share a store there, one of them killed.
# --digest-only runs the last two alone. OMNI_BUILD_ROOT names another folder
# for the builds, OMNI_CASES the cases of each property test.
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
builds=${OMNI_BUILD_ROOT:-$root/build}/platforms
known="arm64 armhf i386 s390x windows"
digest_only=no
wanted=
passed=0
failed=0
skipped=0

# Tests take longer, and do a share of their cases.
patience=6
OMNI_SHARE=${OMNI_SHARE:-10}
export OMNI_SHARE

for word in "$@"; do
    case " $known " in
        *" $word "*) wanted="$wanted $word" ;;
        *)
            case $word in
                all) wanted=$known ;;
                --digest-only) digest_only=yes ;;
                *)
                    echo "usage: tests/platforms/run.sh [--digest-only]" \
                        "[${known}|all]" >&2
                    exit 2
                    ;;
            esac
            ;;
    esac
done
[ -n "$wanted" ] || wanted=$known

need() {
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

install_missing() {
    missing=
    need dpkg-source dpkg-dev
    for platform in $wanted; do
        case $platform in
            arm64) need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu ;;
            armhf) need arm-linux-gnueabihf-gcc gcc-arm-linux-gnueabihf ;;
            i386) need i686-linux-gnu-gcc gcc-i686-linux-gnu ;;
            s390x) need s390x-linux-gnu-gcc gcc-s390x-linux-gnu ;;
            windows)
                need x86_64-w64-mingw32-gcc-posix gcc-mingw-w64-x86-64-posix
                need cmake cmake
                [ -x /usr/lib/wine/wine64 ] || missing="$missing wine64"
                ;;
        esac
        case $platform in
            arm64 | armhf | s390x) need qemu-s390x qemu-user ;;
        esac
    done
    [ -n "$missing" ] || return 0
    echo "Installing:$missing"
    # The names are words without blanks.
    # shellcheck disable=SC2086
    apt-get -q update && DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y --no-install-recommends install $missing
}

# configure FOLDER [MESON OPTIONS]
configure() {
    folder=$1
    shift
    [ -f "$folder/build.ninja" ] ||
        meson setup -Dbench=disabled "$@" "$folder" "$root" \
            >"$folder.setup.txt" 2>&1 || {
        tail -n 30 "$folder.setup.txt"
        return 1
    }
}

# compile FOLDER [TARGETS]
compile() {
    folder=$1
    shift
    ninja -C "$folder" "$@" >"$folder.ninja.txt" 2>&1 || {
        grep -A 5 'error\|FAILED\|undefined' "$folder.ninja.txt" | head -n 60
        return 1
    }
}

prepare() {
    folder=$builds/$1
    if [ "$1" = windows ]; then
        sysroot=$folder/sysroot
        "$here/sysroot.sh" source "$builds/source" &&
            "$here/build-deps.sh" "$builds/source/source" "$sysroot"
    else
        sysroot=$folder/sysroot/root
        "$here/sysroot.sh" "$1" "$folder/sysroot"
    fi >"$folder/sysroot.txt" 2>&1 || {
        tail -n 5 "$folder/sysroot.txt"
        return 1
    }
    printf "[constants]\non = '%s'\nsysroot = '%s'\n" \
        "$here/on.sh" "$sysroot" >"$folder/paths.ini"
}

# Not the API's tests that let each allocation fail or that kill processes:
# emulation is too slow for the one, and keeps no robust mutex for the other.
run_tests() {
    rm -f "$1"/meson-logs/*.json
    names=$(meson test -C "$1" --no-rebuild --list --suite api \
        --suite property 2>/dev/null | sed -n 's/.* \/ //p' |
        grep -vx 'oom\|processes\|oracle')
    meson test -C "$1" --no-rebuild --num-processes "$(nproc)" \
        --timeout-multiplier "$patience" --logbase unit --suite unit \
        >"$1.test.txt" 2>&1
    # Words without blanks.
    # shellcheck disable=SC2086
    meson test -C "$1" --no-rebuild --num-processes "$(nproc)" \
        --timeout-multiplier "$patience" --logbase named --suite api \
        --suite property $names \
        >>"$1.test.txt" 2>&1
    grep -E ' (FAIL|TIMEOUT|ERROR) ' "$1.test.txt"
    counts=$(python3 "$root/tests/support/summary.py" "$1")
}

# run_on PLATFORM PROGRAM [ARGUMENTS]: one of the programs beside this file.
run_on() {
    platform=$1
    program=$builds/$1/build/tests/platforms/$2
    shift 2
    [ "$platform" != windows ] || program=$program.exe
    "$here/on.sh" "$platform" "$sysroot" "$program" "$@"
}

# The shop's events through a store on the platform; then its log, without the
# tables, in a store here.
compare_digest() {
    folder=$builds/$1
    rm -rf "$folder/shop.omni" "$folder/moved.omni"
    run_on "$1" store_digest "$folder/shop.omni" <"$builds/events.jsonl" |
        tr -d '\r' >"$folder/digest.txt"
    cmp "$folder/digest.txt" "$builds/digest.txt" || return 1
    rm -f "$folder"/shop.omni/tables*
    cp -r "$folder/shop.omni" "$folder/moved.omni"
    "$builds/native/tests/platforms/store_digest" "$folder/moved.omni" \
        </dev/null >"$folder/moved.txt" || return 1
    cmp "$folder/moved.txt" "$builds/digest.txt"
}

# Three processes append to one store, and one that is killed: what was
# acknowledged is there, and at most one event more.
share_store() {
    folder=$builds/$1
    rm -rf "$folder/shared.omni" "$folder"/writer-*.txt
    run_on "$1" store_share "$folder/shared.omni" first 1 \
        >"$folder/writer-0.txt"
    for number in 1 2 3; do
        run_on "$1" store_share "$folder/shared.omni" "w$number" 200 \
            >"$folder/writer-$number.txt" &
    done
    run_on "$1" store_share "$folder/shared.omni" victim 1000000 \
        >"$folder/writer-4.txt" &
    victim=$!
    sleep 3
    kill_tree "$victim"
    wait
    there=$(run_on "$1" store_share "$folder/shared.omni" | tr -d '\r')
    told=$(cat "$folder"/writer-*.txt | grep -c .)
    [ "$(cat "$folder"/writer-[1-3].txt | grep -c .)" -eq 600 ] &&
        grep -q . "$folder/writer-4.txt" &&
        [ "$there" -ge "$told" ] && [ "$there" -le $((told + 1)) ]
}

# A process that this script started, and what it started, without a warning.
kill_tree() {
    for child in $(ps -o pid= --ppid "$1"); do
        kill_tree "$child"
    done
    kill -9 "$1" 2>/dev/null
}

note() {
    table="$table$(printf '%-10s %6s %6s %7s  %-9s  %s' "$@")
"
}

# count WORD: a check of this script's own went well, or not.
count() {
    case $1 in
        equal | yes) passed=$((passed + 1)) ;;
        *) failed=$((failed + 1)) ;;
    esac
}

check_platform() {
    mkdir -p "$builds/$1"
    echo "== $1"
    options=
    # The omni command is written for POSIX; programs find no DLL beside them.
    [ "$1" != windows ] || options="-Dexamples=false -Ddefault_library=static"
    # Words without blanks.
    # shellcheck disable=SC2086
    if ! prepare "$1" || ! configure "$builds/$1/build" -Dtests=enabled \
        $options --cross-file "$builds/$1/paths.ini" \
        --cross-file "$here/cross/$1.ini" ||
        ! compile "$builds/$1/build"; then
        failed=$((failed + 1))
        note "$1" - - - "not built" -
        return
    fi
    digest=equal
    compare_digest "$1" || digest="NOT EQUAL"
    count "$digest"
    shared=yes
    share_store "$1" || shared=NO
    count "$shared"
    counts="0 0 0"
    [ "$digest_only" = yes ] || run_tests "$builds/$1/build"
    # Three numbers.
    # shellcheck disable=SC2086
    set -- "$1" $counts
    passed=$((passed + $2))
    failed=$((failed + $3))
    skipped=$((skipped + $4))
    note "$1" "$2" "$3" "$4" "$digest" "$shared"
    echo "$1: $2 passed, $3 failed, $4 skipped; digest $digest; shared $shared"
}

"$root/tests/support/install.sh" test && install_missing || exit 3
mkdir -p "$builds"
table=
note platform passed failed skipped digest shared
configure "$builds/native" -Dtests=enabled &&
    compile "$builds/native" tests/platforms/store_digest \
        examples/sample_shop || exit 1
"$builds/native/examples/sample_shop" --dirt >"$builds/events.jsonl"
rm -rf "$builds/native.omni"
"$builds/native/tests/platforms/store_digest" "$builds/native.omni" \
    <"$builds/events.jsonl" >"$builds/digest.txt" || exit 1
for platform in $wanted; do
    check_platform "$platform"
done
printf '\n%s\n' "$table"
if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
