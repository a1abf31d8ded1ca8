#!/bin/sh
# The command line as a user and a script meet it: what goes where, with which status.
# shellcheck disable=SC2016 # backquotes in messages are meant
set -u
packshot=${PACKSHOT:-$PWD/packshot}
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 2
unset PACKSHOT_CONFIG PACKSHOT_OUT PACKSHOT_QUALITY
failed=0

complain() {
	failed=$((failed + 1))
	echo "FAILED: $*"
	echo "  stdout: $(head -c 300 out)"
	echo "  stderr: $(head -c 300 err)"
}

# good WHAT ARGS...: status 0, WHAT on standard output, nothing on standard error
good() {
	want=$1
	shift
	"$packshot" "$@" >out 2>err
	status=$?
	[ "$status" -eq 0 ] || complain "packshot $*: status $status"
	grep -qF -e "$want" out || complain "packshot $*: '$want' is not on standard output"
	[ -s err ] && complain "packshot $*: something on standard error"
}

# bad STATUS WHAT ARGS...: that status, WHAT on standard error in at most two lines, nothing on standard output
bad() {
	want_status=$1 want=$2
	shift 2
	"$packshot" "$@" >out 2>err
	status=$?
	[ "$status" -eq "$want_status" ] || complain "packshot $*: status $status, not $want_status"
	grep -qF -e "$want" err || complain "packshot $*: '$want' is not on standard error"
	[ "$(wc -l <err)" -le 2 ] || complain "packshot $*: more than two lines"
	[ -s out ] && complain "packshot $*: something on standard output"
}

good 'packshot '             --version
good 'Usage: packshot'       --help
good 'Usage: packshot'       -h
good 'Usage: packshot'       help
good '--max-bytes N'         help run
good '--max-bytes N'         run --help
good '--run N'               report -h
good '--to FILE'             report -h
good 'Usage: packshot help'  help help
good 'source_missing'        help errors
good '"name":'               help errors --json
good '--json'                doctor --help

bad 2 'a command is missing'
bad 2 'the nearest is `packshot run`'               rum catalog.jsonl
bad 2 'the nearest is --size'                       run x --szie 8x8
bad 2 'See `packshot help run`.'                    run x --szie 8x8
bad 2 '`packshot report` takes no --size'           report --size 8x8
bad 2 'unknown flag --wallet'                       run x --wallet 5
bad 2 'lacks its manifest'                          run
bad 2 'whole number from 1 to 100'                  run x --quality 101
bad 2 'lacks its value'                             run x --out
bad 2 'the nearest is `packshot help report`'       help repotr
bad 2 '--json goes with'                            help --json
bad 2 'nowhere.json'                                report -c nowhere.json
bad 2 ''                                            report -o nowhere
bad 2 'lacks its SKU'                               explain
bad 2 'nothing has been run there'                  explain A -o nowhere
bad 2 'nothing has been run there'                  report -o nowhere --format html --to nowhere/report.html
bad 2 'text, json, csv or html'                          report --format htm

# 1 is kept for a run that finished: what could not even begin ends with 3, whatever stood in its way.
export PACKSHOT_MODEL="$dir/nowhere.onnx"
echo '{"sku":"A","images":["a.jpg"]}' >one.jsonl
bad 3 'What to do'                                  run one.jsonl --image-model local-neural
unset PACKSHOT_MODEL

echo '{"qualty":1}' >packshot.json
bad 2 'packshot.json: unknown key "qualty"; the nearest is "quality"' report
good 'Usage' help run
"$packshot" doctor >out 2>err
[ $? -eq 3 ] || complain "doctor: a wrong configuration is not fit"
grep -q '^fail  configuration' out || complain "doctor: does not name the configuration"
rm packshot.json
export PACKSHOT_QUALITY=500
bad 2 'PACKSHOT_QUALITY must be' report
unset PACKSHOT_QUALITY

"$packshot" doctor --json >out 2>err
status=$?
grep -q '"fit":' out || complain "doctor --json: no verdict"
case $status in
0) grep -q '"fit":.*true' out || complain "doctor: status 0, but not fit" ;;
3) grep -q '"fit":.*false' out || complain "doctor: status 3, but fit" ;;
*) complain "doctor: status $status" ;;
esac
[ -e packshot-out ] && complain "doctor made a workspace"

# Colour is for terminals alone, and not with NO_COLOR or on a dumb one.
"$packshot" doctor >out 2>err
grep -q "$(printf '\033')" out && complain "colour without a terminal"
if script -qec true /dev/null </dev/null >out 2>&1; then # some containers have no pseudo-terminals
	on_terminal() { env TERM=xterm "$@" script -qec "'$packshot' doctor" /dev/null </dev/null >out 2>err; }
	on_terminal NO_COLOR=
	grep -q "$(printf '\033')" out || complain "no colour on a terminal"
	on_terminal NO_COLOR=1
	grep -q "$(printf '\033')" out && complain "colour with NO_COLOR"
	on_terminal NO_COLOR= TERM=dumb
	grep -q "$(printf '\033')" out && complain "colour on a dumb terminal"
fi

# A result that could not be written is no success.
if [ -w /dev/full ]; then
	"$packshot" help run >/dev/full 2>err
	[ $? -eq 3 ] || complain "a full disk behind standard output goes unnoticed"
fi

# The terminal's width and help: nothing is wider than 80 columns.
for topic in '' run report explain doctor help errors; do
	# shellcheck disable=SC2086
	"$packshot" help $topic | awk 'length > 80 { exit 1 }' || complain "help $topic is too wide"
done

if command -v mandoc >/dev/null 2>&1 && [ -f "$OLDPWD/jobs/packshot.1" ]; then
	mandoc -Tlint -Wall "$OLDPWD/jobs/packshot.1" >out 2>err || complain "the manual page has faults"
fi

[ "$failed" -eq 0 ] && echo "cli: all well"
[ "$failed" -eq 0 ]
