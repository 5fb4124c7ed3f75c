#!/bin/sh
# The quickstart as a story, on a copy, so that it works a second time too.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$here/../story.sh"

say "Is the manifest right, and the data? No network, no key."
run reconciler validate
say "What would happen, and why?"
run reconciler plan
say "Do it, and wait for the training. The simulator takes a few seconds."
run reconciler apply --yes --wait
say "Again: there is nothing to do."
run reconciler plan
say "Ask the model that was trained: it answers from its data."
run reconciler chat jobs.support-bot "Where is my order?"
say "Somebody edits a row of the training data: the plan says what follows."
cp data/support.jsonl before.jsonl
sed '1s/order/parcel/' before.jsonl > data/support.jsonl
run reconciler plan
run reconciler apply --yes --wait
say "The edit is reverted: the first model is found again, for nothing."
cp before.jsonl data/support.jsonl
run reconciler plan
run reconciler apply --yes
say "The end: files are deleted; trained models stay as history."
run reconciler destroy --yes
