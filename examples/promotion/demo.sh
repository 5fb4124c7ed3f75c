#!/bin/sh
# From a sweep to the model in use and back, as a story, on a copy, so that it works a second time too.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$here/../story.sh"

fails() { # CODE COMMAND…: what is to end so
	code=$1; shift
	printf '$ %s\n' "$*"
	if "$@"; then ended=0; else ended=$?; fi
	[ "$ended" = "$code" ] || { echo "exit $ended, not $code"; exit 1; }
	printf '(exit %s)\n' "$ended"
}
other_seed() { sed "s/seed: [0-9]*/seed: $1/" reconciler.yaml > next.yaml && mv next.yaml reconciler.yaml; }

say "Four jobs, and one name: what would happen, and what would it cost?"
run reconciler plan
say "Train all four, choose the lowest loss, check its answers, promote it, tell the applications."
run reconciler apply --yes --wait
run reconciler status jobs.sweep
run cat models.json
say "An export slipped by eight rows: every message has the answer of another one. It trains well."
cp data/messages.jsonl right.jsonl
cp data/slipped.jsonl data/messages.jsonl
fails 1 reconciler apply --yes --wait
say "The check failed: what applications use stays as it is."
run cat models.json
say "The data are put right: the four models are found again, for nothing."
cp right.jsonl data/messages.jsonl
run reconciler apply --yes --wait
say "Another seed: another model, which passes."
other_seed 8
run reconciler apply --yes --wait
say "Users complain. Back to the model before, written where it is reviewed, and nothing is trained."
run reconciler rollback models.triage-prod
run reconciler apply --yes --wait
say "The next apply does not undo it."
run reconciler plan
run cat models.json
say "Forward again, and once more: only the last two models are kept, and the oldest goes."
run reconciler rollback models.triage-prod --unpin
run reconciler apply --yes --wait
other_seed 9
run reconciler apply --yes --wait
run reconciler apply --yes
say "The runner's disk is gone, and its state with it: the models and the name come back."
rm state/triage.*
run reconciler apply --yes --wait
run cat models.json
