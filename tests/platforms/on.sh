#!/bin/sh
# on.sh PLATFORM SYSROOT PROGRAM [ARGUMENTS]: runs a program that was built for
# another platform.
set -eu

platform=$1
sysroot=$2
shift 2
case $platform in
    # Less address space than the tables ask for: the emulator keeps a table
    # of all that is mapped.
    arm64) exec prlimit --as=3221225472 qemu-aarch64 -L "$sysroot" "$@" ;;
    s390x) exec prlimit --as=3221225472 qemu-s390x -L "$sysroot" "$@" ;;
    armhf) exec qemu-arm -L "$sysroot" "$@" ;;
    # As it is, on x86-64, with libraries of its own.
    i386)
        libraries=$sysroot/lib/i386-linux-gnu:$sysroot/usr/lib/i386-linux-gnu
        exec "$sysroot/lib/ld-linux.so.2" --library-path "$libraries" "$@"
        ;;
    windows)
        WINEPREFIX=$sysroot/wine
        WINEDEBUG=-all
        WINEDLLOVERRIDES="mscoree,mshtml="
        export WINEPREFIX WINEDEBUG WINEDLLOVERRIDES
        exec /usr/lib/wine/wine64 "$@"
        ;;
    *)
        echo "on.sh: unknown platform $platform" >&2
        exit 2
        ;;
esac
