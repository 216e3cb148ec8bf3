#!/bin/sh
# Builds libomni for other platforms and runs there what can be run, from
# Debian on x86-64; installs what is missing. From any folder:
#
#     tests/platforms/run.sh [--digest-only] [PLATFORM…|all]
#
# Platforms: arm64 armhf i386 s390x (big-endian). Each prints a line of a table: tests
# passed, failed and skipped, and whether a store filled there has the digest
# that it has here. OMNI_BUILD_ROOT names another folder for the builds.
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
builds=${OMNI_BUILD_ROOT:-$root/build}/platforms
known="arm64 armhf i386 s390x"
digest_only=no
wanted=
passed=0
failed=0
skipped=0

# How many times longer tests may take than here.
patience=6
OMNI_CASES=${OMNI_CASES:-5}
export OMNI_CASES

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
    case $1 in
        *)
            "$here/sysroot.sh" "$1" "$builds/$1/sysroot" \
                >"$builds/$1/sysroot.txt" 2>&1 || {
                tail -n 5 "$builds/$1/sysroot.txt"
                return 1
            }
            printf "[constants]\non = '%s'\nsysroot = '%s'\n" \
                "$here/on.sh" "$builds/$1/sysroot/root" >"$builds/$1/paths.ini"
            ;;
    esac
}

run_tests() {
    rm -f "$1"/meson-logs/testlog* "$1"/meson-logs/models*
    meson test -C "$1" --no-rebuild --num-processes "$(nproc)" \
        --timeout-multiplier "$patience" --suite unit --suite api \
        >"$1.test.txt" 2>&1
    meson test -C "$1" --no-rebuild --num-processes "$(nproc)" \
        --timeout-multiplier "$patience" --logbase models \
        kv_model resolve_model >>"$1.test.txt" 2>&1
    grep -E ' (FAIL|TIMEOUT|ERROR) ' "$1.test.txt"
    counts=$(python3 "$root/tests/support/summary.py" "$1")
}

# The shop's events through a store on the platform; then its log, without the
# tables, in a store here.
compare_digest() {
    folder=$builds/$1
    rm -rf "$folder/shop.omni" "$folder/moved.omni"
    "$here/on.sh" "$1" "$folder/sysroot/root" \
        "$folder/build/tests/platforms/store_digest$2" "$folder/shop.omni" \
        <"$builds/events.jsonl" >"$folder/digest.txt" || return 1
    cmp "$folder/digest.txt" "$builds/digest.txt" || return 1
    cp -r "$folder/shop.omni" "$folder/moved.omni"
    rm -f "$folder"/moved.omni/tables*
    "$builds/native/tests/platforms/store_digest" "$folder/moved.omni" \
        </dev/null >"$folder/moved.txt" || return 1
    cmp "$folder/moved.txt" "$builds/digest.txt"
}

note() {
    table="$table$(printf '%-10s %6s %6s %7s  %s' "$@")
"
    echo "== $1: $2 passed, $3 failed, $4 skipped; digest $5"
}

check_platform() {
    mkdir -p "$builds/$1"
    echo "== $1"
    counts="0 0 0"
    if ! prepare "$1" || ! configure "$builds/$1/build" -Dtests=enabled \
        --cross-file "$builds/$1/paths.ini" \
        --cross-file "$here/cross/$1.ini" ||
        ! compile "$builds/$1/build"; then
        failed=$((failed + 1))
        note "$1" - - - "not built"
        return
    fi
    [ "$digest_only" = yes ] || run_tests "$builds/$1/build"
    digest=equal
    compare_digest "$1" "" || digest="NOT EQUAL"
    [ "$digest" = equal ] && passed=$((passed + 1)) || failed=$((failed + 1))
    # Three numbers.
    # shellcheck disable=SC2086
    set -- "$1" $counts
    passed=$((passed + $2))
    failed=$((failed + $3))
    skipped=$((skipped + $4))
    note "$1" "$2" "$3" "$4" "$digest"
}

"$root/tests/support/install.sh" test && install_missing || exit 3
mkdir -p "$builds"
table=$(printf '%-10s %6s %6s %7s  %s' platform passed failed skipped digest)"
"
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
