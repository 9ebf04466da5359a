#!/bin/sh
# A base image for machines that reach Debian's packages but no container registry: makeBase.sh IMAGE
# Debian by debootstrap, this machine's certificates, the Node.js that the lockfile pins and this machine's npm. Needs root and docker.
set -eu
image=$1
root=$(cd "$(dirname "$0")/../../.." && pwd)
command -v debootstrap >/dev/null || { echo 'debootstrap is missing (Debian: apt-get install debootstrap).' >&2; exit 1; }
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
debootstrap --variant=minbase --include=ca-certificates bookworm "$folder" >"$folder.log" 2>&1 || { tail -n 5 "$folder.log" >&2; exit 1; }
rm -rf "$folder.log" "$folder"/var/cache/apt/archives/*.deb "$folder"/var/lib/apt/lists/*
cp -L /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/ca-certificates.crt"
cp -L "$root/node_modules/.bin/node" "$folder/usr/local/bin/node"
mkdir -p "$folder/usr/local/lib/node_modules"
cp -RL "$npm" "$folder/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$folder/usr/local/bin/npm"
tar -C "$folder" -c . | docker import -c 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt PIP_CERT=/etc/ssl/certs/ca-certificates.crt' - "$image" >/dev/null
