#!/bin/sh
# sysroot.sh ARCH FOLDER: unpacks what libomni is built with and its tests run
# on, as packaged for another Debian architecture, into FOLDER/root. The
# machine's own packages and its list of architectures stay as they are.
# sysroot.sh source FOLDER: sources of the same libraries, into FOLDER/source.
set -eu

arch=$1
folder=$2
libraries="liblmdb-dev libxxhash-dev libsodium-dev libutf8proc-dev libyajl-dev"
sources="lmdb xxhash libsodium utf8proc yajl"

# The package sources of this machine, seen by an apt of our own.
make_apt() {
    mkdir -p "$folder/apt/lists/partial" "$folder/apt/archives/partial" \
        "$folder/apt/parts"
    : >"$folder/apt/status"
    : >"$folder/apt/sources.list"
    [ ! -f /etc/apt/sources.list ] ||
        sed -n 's/^deb \(.*\)/deb \1\ndeb-src \1/p' /etc/apt/sources.list \
            >"$folder/apt/sources.list"
    for file in /etc/apt/sources.list.d/*.sources; do
        [ ! -f "$file" ] ||
            sed 's/^Types:.*/Types: deb deb-src/' "$file" \
                >"$folder/apt/parts/$(basename "$file")"
    done
    if [ "$arch" = source ]; then
        native=$(dpkg --print-architecture)
    else
        native=$arch
    fi
    cat >"$folder/apt/apt.conf" <<END
APT::Architecture "$native";
APT::Architectures { "$native"; };
APT::Get::Assume-Yes "true";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Dir::State::status "$folder/apt/status";
Dir::State::lists "$folder/apt/lists";
Dir::Cache "$folder/apt";
Dir::Cache::archives "$folder/apt/archives";
Dir::Etc::sourcelist "$folder/apt/sources.list";
Dir::Etc::sourceparts "$folder/apt/parts";
Debug::NoLocking "true";
END
    APT_CONFIG=$folder/apt/apt.conf
    export APT_CONFIG
    # One index of several may be out of step; what is missing shows below.
    apt-get -q update || echo "some package lists could not be had"
}

# Links to places from the root would lead out of the folder.
mend_links() {
    find "$folder/root" -type l | while read -r link; do
        to=$(readlink "$link")
        case $to in
            /*) ln -sfn "$folder/root$to" "$link" ;;
        esac
    done
}

[ ! -f "$folder/done" ] || exit 0
mkdir -p "$folder"
folder=$(CDPATH='' cd -- "$folder" && pwd)
make_apt
if [ "$arch" = source ]; then
    mkdir -p "$folder/source"
    cd "$folder/source"
    # The names are words without blanks.
    # shellcheck disable=SC2086
    apt-get -q source $sources check
else
    # shellcheck disable=SC2086
    apt-get -q install --download-only $libraries check libc6-dev
    mkdir -p "$folder/root"
    for package in "$folder"/apt/archives/*.deb; do
        dpkg-deb -x "$package" "$folder/root"
    done
    mend_links
fi
: >"$folder/done"
