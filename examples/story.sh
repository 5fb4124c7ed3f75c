# Of every demo, which sets `here`: it goes on in a copy of its example, and says what it runs.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -R "$here/reconciler.yaml" "$here/data" "$folder"
cd "$folder"

say() { printf '\n\033[1m# %s\033[0m\n' "$1"; }
run() { printf '$ %s\n' "$*"; "$@"; }
