#!/bin/sh
# Installs what is missing on Debian or Ubuntu: `install.sh build` for the
# library and the command, `install.sh test` for the tests too.
set -eu

missing=
small= # What is installed without what it recommends.

need_command() {
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

need_module() {
    pkg-config --exists "$1" 2>/dev/null || missing="$missing $2"
}

# For the system's Python: another one, first on the path, has its own.
need_python() {
    /usr/bin/python3 -c "import $1" 2>/dev/null || small="$small $2"
}

need_file() {
    [ -e "$1" ] || missing="$missing $2"
}

need_command gcc gcc
need_file /usr/include/stdio.h libc6-dev
need_command meson meson
need_command ninja ninja-build
need_command pkg-config pkg-config
need_module lmdb liblmdb-dev
need_module libxxhash libxxhash-dev
need_module libsodium libsodium-dev
need_module libutf8proc libutf8proc-dev
need_module yajl libyajl-dev
need_module libedit libedit-dev
need_file /usr/include/csv.h libcsv-dev
need_module zlib zlib1g-dev
need_module libzstd libzstd-dev
if [ "${1:-build}" = test ]; then
    need_module check check
    need_module sqlite3 libsqlite3-dev
    need_command g++ g++
    need_command clang clang
    echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
        clang -fsanitize=address,fuzzer -x c - -o /dev/null 2>/dev/null ||
        missing="$missing libclang-rt-dev"
    need_command clang-format clang-format
    need_command valgrind valgrind
    need_command python3 python3
    need_python pytest python3-pytest
    need_python mypy python3-mypy
    need_python pandas python3-pandas
    need_python setuptools python3-setuptools
    need_python wheel python3-wheel
    need_python build python3-build
    need_python ensurepip python3-venv
    need_command nm binutils
    need_command abidiff abigail-tools
    need_command mandoc mandoc
    need_command doxygen doxygen
    need_command jq jq
    need_command zstd zstd
    need_file /usr/share/zoneinfo/Europe/Zurich tzdata
fi

[ -n "$missing$small" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "Please install what Debian calls:$missing$small" >&2
    exit 3
fi
as_root=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "Please run as root: apt-get install$missing$small" >&2
        exit 3
    fi
    as_root="sudo"
fi
echo "Installing:$missing$small"
$as_root apt-get update -q
# The names are words without blanks.
# shellcheck disable=SC2086
[ -z "$missing" ] ||
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y $missing
# shellcheck disable=SC2086
[ -z "$small" ] ||
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
        --no-install-recommends $small
