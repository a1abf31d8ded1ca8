#!/bin/sh
# jobs/get-model where it must refuse, with an npm of our own that hands out what we like; nothing is downloaded.
set -u
cd "$(dirname "$0")/../.." || exit 2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
failed=0
check() { # NAME, then a command that must hold
	name=$1
	shift
	"$@" || { echo "get-model: $name"; failed=1; }
}

mkdir "$tmp/bin"
cat >"$tmp/bin/npm" <<'NPM'
#!/bin/sh
# Writes $CONTENT as the archive asked for; an empty one means that the network is down.
while [ $# -gt 0 ]; do
	[ "$1" = --pack-destination ] && to=$2
	shift
done
[ -n "$CONTENT" ] || exit 1
echo "$CONTENT" >"$to/package.tgz"
NPM
chmod +x "$tmp/bin/npm"
unset PACKSHOT_MODEL PACKSHOT_ONNXRUNTIME
export PACKSHOT_MODEL_DIR="$tmp/model folder" PATH="$tmp/bin:$PATH"
run() { CONTENT=$1 sh jobs/get-model >"$tmp/log" 2>&1; }
is_empty() { [ -z "$(ls -A "$PACKSHOT_MODEL_DIR")" ]; }
says() { grep -q -- "$1" "$tmp/log"; }

run "not the archive"
check "another archive than expected is refused" [ $? -eq 1 ]
check "it says why" says "not the archive that was expected"
check "the licence is said before anything is fetched" says "AGPL-3.0"
check "nothing is installed, nothing left behind" is_empty

run ""
check "without the network it fails" [ $? -eq 1 ]
check "it says what still works" says "packshot works without the model"
check "nothing is left behind" is_empty

echo damaged >"$PACKSHOT_MODEL_DIR/isnet-fp16.onnx"
run "not the archive"
check "damaged weights are not taken for good ones" [ $? -eq 1 ]

PACKSHOT_MODEL=$tmp/own.onnx PACKSHOT_ONNXRUNTIME=$tmp/own.so run ""
check "a user's own files are not fetched over" [ $? -eq 0 ]
exit $failed
