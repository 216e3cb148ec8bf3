#!/bin/sh
# build-deps.sh SOURCES PREFIX: the five libraries and Check for 64-bit
# Windows, static, from the sources that sysroot.sh unpacks, by mingw-w64.
set -eu

sources=$(CDPATH='' cd -- "$1" && pwd)
prefix=$2
cc=x86_64-w64-mingw32-gcc-posix
ar=x86_64-w64-mingw32-ar

[ ! -f "$prefix/done" ] || exit 0
mkdir -p "$prefix/lib/pkgconfig" "$prefix/include" "$prefix/objects"
prefix=$(CDPATH='' cd -- "$prefix" && pwd)

# archive NAME VERSION MODULE PUBLIC FLAGS FILES…: compile files into an archive
# with a file for pkg-config; PUBLIC flags are those of its users.
archive() {
    name=$1
    version=$2
    module=$3
    public=$4
    flags=$5
    shift 5
    rm -rf "$prefix/objects/$name"
    mkdir -p "$prefix/objects/$name"
    number=0
    for file in "$@"; do
        number=$((number + 1))
        # Words without blanks.
        # shellcheck disable=SC2086
        echo $cc -O2 -g -w $public $flags -c "$file" \
            -o "$prefix/objects/$name/$number.o"
    done | xargs -P "$(nproc)" -I '{}' sh -c '{}'
    rm -f "$prefix/lib/lib$name.a"
    $ar rcs "$prefix/lib/lib$name.a" "$prefix/objects/$name"/*.o
    describe "$name" "$version" "$module" "$public"
}

# describe NAME VERSION MODULE PUBLIC: the file for pkg-config.
describe() {
    cat >"$prefix/lib/pkgconfig/$3.pc" <<END
Name: $3
Description: $1 for Windows
Version: $2
Cflags: -I$prefix/include $4
Libs: -L$prefix/lib -l$1
END
}

# The folder of a package, and its version.
cd "$sources"
version_of() {
    for folder in "$1"-[0-9]*/; do
        folder=${folder%/}
        echo "${folder##*-}"
    done
}

version=$(version_of lmdb)
from=$sources/lmdb-$version/libraries/liblmdb
cp "$from/lmdb.h" "$prefix/include/"
archive lmdb "$version" lmdb "" "" "$from/mdb.c" "$from/midl.c"

version=$(version_of xxhash)
from=$sources/xxhash-$version
cp "$from/xxhash.h" "$from/xxh3.h" "$prefix/include/"
archive xxhash "$version" libxxhash "" "" "$from/xxhash.c"

version=$(version_of utf8proc)
from=$sources/utf8proc-$version
cp "$from/utf8proc.h" "$prefix/include/"
archive utf8proc "$version" libutf8proc -DUTF8PROC_STATIC "" "$from/utf8proc.c"

version=$(version_of yajl)
from=$sources/yajl-$version/src
mkdir -p "$prefix/include/yajl"
cp "$from"/api/*.h "$prefix/include/yajl/"
sed -e "s/\${YAJL_MAJOR}/${version%%.*}/" -e "s/\${YAJL_MINOR}/1/" \
    -e "s/\${YAJL_MICRO}/0/" "$from/api/yajl_version.h.cmake" \
    >"$prefix/include/yajl/yajl_version.h"
archive yajl "$version" yajl "" "-I$prefix/include" "$from"/*.c

version=$(version_of libsodium)
from=$sources/libsodium-$version
cp -r "$from"/src/libsodium/include/* "$prefix/include/"
cp "$from/builds/msvc/version.h" "$prefix/include/sodium/"
# Every file of it compiles to nothing where it does not apply.
# shellcheck disable=SC2046
archive sodium "$version" libsodium \
    -DSODIUM_STATIC \
    "-DCONFIGURED=1 -DNATIVE_LITTLE_ENDIAN=1 -I$prefix/include/sodium" \
    $(find "$from/src/libsodium" -name '*.c')

version=$(version_of check)
cmake -S "$sources/check-$version" -B "$prefix/objects/check" -G Ninja \
    -DCMAKE_SYSTEM_NAME=Windows -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_C_FLAGS="-w -D__USE_MINGW_ANSI_STDIO=1" \
    -DCMAKE_BUILD_TYPE=Release -DCHECK_ENABLE_TESTS=OFF
ninja -C "$prefix/objects/check" check
cp "$prefix/objects/check/src/libcheck.a" "$prefix/lib/"
cp "$prefix/objects/check/check_stdint.h" "$prefix/include/"
sed 's/ATTRIBUTE_FORMAT(printf/ATTRIBUTE_FORMAT(gnu_printf/' \
    "$prefix/objects/check/src/check.h" >"$prefix/include/check.h"
describe check "$version" check ""
: >"$prefix/done"
