"""Which rule has which golden cases: what `diff` and its guards decide, sentence by sentence."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, ...]] = {
    # A desired job
    "Recorded, same fingerprint and generation, live and not failed: nothing to do": (
        "in-sync-running-job",
        "in-sync-finished-job",
        "in-sync-job-that-finished-since",
        "in-sync-job-that-no-list-shows-yet",
        "in-sync-paused-job",
    ),
    "On an unknown status nothing destructive is ever planned": (
        "in-sync-job-of-an-unknown-status",
        "edit-of-a-running-job-of-an-unknown-status-waits",
        "removed-job-of-an-unknown-status-waits",
        "removed-file-of-an-unknown-status-waits",
        "state-lost-job-of-an-unknown-status-is-adopted",
    ),
    "It still refreshes protect": ("protect-added-is-noted", "protect-taken-out-is-noted"),
    "It still refreshes a REBIND: what the server resolved is no difference": (
        "rebind-model-alias-pinned-to-its-snapshot",
        "rebind-auto-epochs-written-as-the-number",
        "rebind-is-not-what-the-server-did-not-resolve",
        "rebind-after-a-lost-state",
    ),
    "Recorded but missing from the list, 404 and unfinished: unsettled, never CREATE": (
        "job-gone-unfinished-is-unsettled",
        "job-gone-unfinished-and-edited-is-unsettled",
    ),
    "Recorded but missing from the list, finished: nothing to do": (
        "drift-finished-job-gone-needs-nothing",
    ),
    "An active or usable job is adopted: already trained, $0": (
        "state-lost-adopts-everything",
        "revert-of-data-adopts-the-trained-job",
        "revert-of-the-generation-adopts-its-job",
        "rename-swaps-two-jobs",
    ),
    "Renamed from another address: adopted for nothing": (
        "rename-of-a-job-is-adopted-for-nothing",
        "moved-job-keeps-its-record",
        "moved-job-after-a-lost-state",
        "rename-and-pin-with-moved-trains-nothing",
    ),
    "Equals are interchangeable: the highest try, succeeded first, then oldest": (
        "adopt-the-highest-try-then-what-succeeded",
        "failed-job-beside-one-that-succeeded-is-adopted",
    ),
    "Without metadata the whole spec and the files tell; more than one match is ambiguous": (
        "unmarked-job-is-adopted-by-its-whole-spec",
        "unmarked-jobs-that-look-alike-are-ambiguous",
        "unmarked-objects-are-warned-of",
    ),
    "Only failed or cancelled ones, retries left: CREATE the next try": (
        "failed-job-is-tried-again-where-retry-says-so",
        "failed-job-is-tried-again-though-its-file-expired",
        "state-lost-failed-job-is-tried-again-where-retry-says-so",
        "drift-job-cancelled-outside-is-tried-again",
    ),
    "Else a standing failure with its cure": (
        "failed-job-stands",
        "failed-job-names-the-line-of-its-data",
        "failed-job-names-the-line-of-its-validation-data",
        "failed-job-whose-retries-are-used-up-stands",
        "failed-job-is-tried-again-only-after-the-named-codes",
        "state-lost-failed-job-stands",
        "hostile-texts-stay-on-their-line",
    ),
    "One that we cancelled ourselves says so": ("cancelled-by-us-says-so",),
    "None: CREATE": ("new-manifest-creates-everything",),
    "REPLACE where something was recorded, the reason by field": (
        "edit-of-training-data-trains-again",
        "edit-of-validation-data-trains-again",
        "edit-that-takes-validation-data-out",
        "edit-of-two-fields-names-both",
        "edit-of-many-fields-names-three",
        "edit-of-the-base-model",
        "edit-of-a-long-value-shows-where-it-differs",
        "edit-of-the-generation-trains-again",
        "failed-job-whose-data-was-corrected-is-replaced",
        "model-deleted-and-generation-raised-trains-again",
        "moved-and-edited-job-is-replaced",
    ),
    "An old running job is cancelled after, and only if its REPLACE is done": (
        "edit-of-a-running-job-cancels-it-after",
        "edit-of-a-paused-job-cancels-it-after",
        "edit-of-data-while-the-old-job-still-reads-the-old-file",
    ),
    "`protect` guards it": (
        "edit-of-a-protected-running-job-is-refused",
        "edit-of-a-protected-running-job-is-allowed-by-address",
    ),
    "When `moved` took the record away, what is made besides is CREATE": (
        "moved-away-and-a-new-job-under-a-third-name",
    ),
    "A base model that ends is warned of, and refused within min_lifetime_days (issue 7)": (
        "base-model-that-ends-soon-warns",
        "base-model-that-ends-late-is-no-matter",
        "base-model-that-has-ended-warns",
        "base-model-within-min-lifetime-days-is-refused",
        "base-model-of-what-is-in-use-warns",
        "base-model-of-a-finished-job-is-no-matter",
    ),
    "The same fingerprint at two addresses is allowed and warned of": (
        "same-spec-at-two-addresses-warns",
    ),
    "A reference to another job hashes that job's fingerprint": (
        "chain-base-job-not-trained-yet-waits",
        "chain-base-job-edited-trains-both",
        "chain-base-model-becomes-a-job",
    ),
    "A pending create blocks its fingerprint everywhere and any change at its address": (
        "pending-create-waits",
        "pending-create-blocks-an-edit-at-its-address",
        "pending-create-blocks-its-spec-at-another-address",
        "pending-create-blocks-a-replace-with-its-spec",
        "pending-create-blocks-no-other-spec",
    ),
    "A pending create is settled by evidence alone": (
        "pending-create-that-is-found-is-settled",
        "pending-create-that-is-certainly-not-there-is-made",
        "pending-create-of-two-lookalikes-is-ambiguous",
        "pending-upload-is-sent-again",
    ),
    "A state that was lost makes no paid create while lists may lag": (
        "state-lost-new-job-waits-for-the-lists",
    ),
    "Metadata, integrations, retry and the like decide nothing": (
        "edit-of-metadata-trains-nothing",
        "edit-of-metadata-of-many-jobs-is-one-note",
        "edit-of-integrations-trains-nothing",
        "edit-of-retry-alone-is-no-change",
        "edit-of-expires-after-uploads-nothing",
    ),
    # A desired file
    "Live with our marker: ADOPT": ("file-of-ours-is-adopted", "rename-of-a-file-is-adopted"),
    "Missing: CREATE if this plan makes or retries a job that reads it": (
        "drift-file-gone-and-a-new-job-reads-it",
        "drift-file-expired-and-a-new-job-reads-it",
        "edit-of-data-while-the-old-file-is-gone",
    ),
    "Missing, and no declared job reads it: CREATE, unless it expired by itself": (
        "file-nobody-reads-is-uploaded",
        "drift-file-gone-and-nobody-reads-it-is-made-again",
        "drift-file-expired-is-not-made-again",
        "edit-of-data-after-the-old-file-expired",
    ),
    "Else nothing to do: not needed, its job exists": (
        "drift-file-gone-and-not-needed",
        "file-not-recorded-and-its-job-exists-is-not-uploaded",
    ),
    "Other content: REPLACE while the old one is live": (
        "edit-of-data-that-nobody-reads",
        "edit-of-the-purpose-of-a-file",
        "drift-file-that-the-api-could-not-read-is-replaced",
    ),
    "A second live file with one marker is deleted when nothing reads it": (
        "file-that-is-there-twice-loses-the-second",
        "file-that-is-there-twice-and-read-waits",
    ),
    "Two live jobs of one attempt: the active rest is cancelled": (
        "job-that-is-there-twice-loses-the-second",
    ),
    # Not desired
    "A file is deleted": (
        "removed-file-is-deleted",
        "removed-file-that-is-gone-is-forgotten",
        "removed-file-whose-job-finished-is-deleted",
        "deposed-file-is-deleted",
    ),
    "It waits while it has a reader": (
        "removed-file-that-a-foreign-job-reads-waits",
        "removed-file-that-an-orphan-reads-waits",
        "removed-file-that-a-deposed-job-may-read-waits",
        "deposed-file-that-is-still-read-waits",
        "removed-file-that-a-vanished-job-may-read-waits",
        "removed-file-that-a-pending-create-reads-waits",
        "removed-file-goes-after-the-job-that-reads-it",
    ),
    "A job is cancelled in any status that is not an end, forgotten when finished": (
        "removed-job-that-runs-is-cancelled",
        "removed-job-that-is-queued-is-cancelled",
        "removed-job-that-is-paused-is-cancelled",
        "removed-job-that-finished-is-forgotten",
        "removed-job-that-failed-is-forgotten",
        "removed-job-with-a-pending-create-waits",
        "deposed-job-that-runs-is-cancelled",
        "deposed-job-that-vanished-unfinished-is-unsettled",
    ),
    "Imported: forgotten, unless it is not to be kept": (
        "removed-import-is-forgotten",
        "removed-import-that-is-not-kept-is-deleted",
    ),
    "`removed` with keep: forgotten": ("removed-job-that-is-kept-is-forgotten",),
    "Orphans are left to gc": ("orphans-are-left-alone",),
    "Not ours: invisible unless imported": (
        "foreign-objects-are-invisible",
        "import-of-what-is-equal-is-adopted",
        "import-of-what-differs-is-refused",
        "import-of-a-job-that-differs-is-refused",
        "import-of-a-job-whose-data-is-gone-is-adopted",
        "import-of-a-job-on-our-other-data-is-refused",
        "import-of-a-job-on-another-base-is-refused",
        "import-of-a-job-on-its-base-is-adopted",
        "import-of-what-is-not-there-is-refused",
        "import-that-is-recorded-is-in-sync",
    ),
    "PAUSE, RESUME; `paused` withholds the create": (
        "paused-in-the-manifest-pauses-the-job",
        "paused-no-more-in-the-manifest-resumes-the-job",
        "paused-in-the-manifest-withholds-the-create",
    ),
    "A pause of ours is no drift, whenever its apply died": (
        "pause-of-ours-that-was-not-recorded-is-no-drift",
        "pause-of-ours-that-was-not-recorded-and-is-taken-back",
        "pause-of-ours-that-did-not-happen-is-made",
    ),
    # Guards
    "More deletions or cancellations than a number and share are refused": (
        "guard-many-deletions-are-refused",
        "guard-many-deletions-are-allowed-by-address",
        "guard-many-cancellations-are-refused",
    ),
    "An empty manifest over a state that is not is refused": (
        "guard-empty-manifest-is-refused",
        "guard-empty-manifest-is-allowed",
    ),
    "`protect` is kept in the state": ("guard-protected-file-is-refused",),
    "More than half of the needed ids gone, two at least: refused": (
        "guard-most-objects-missing-is-refused",
        "guard-most-objects-missing-is-allowed-by-address",
        "guard-one-of-three-missing-is-drift",
        "guard-most-objects-expired-is-drift",
        "guard-most-objects-missing-is-drift-where-nothing-is-paid-or-lost",
    ),
    "A paid create in CI on a local-file state is refused": (
        "guard-paid-create-in-ci-on-a-local-state-is-refused",
        "guard-paid-create-in-ci-on-a-local-state-is-allowed",
    ),
    # What a person wants besides what the manifest says
    "--replace makes the next try of what is in sync, or failed": (
        "replace-of-a-finished-job-trains-again",
        "replace-of-a-running-job-cancels-it-after",
        "replace-of-a-failed-job-makes-the-next-try",
        "replace-of-a-job-whose-api-object-is-gone-trains-again",
        "replace-of-a-file-uploads-it-again",
        "replace-of-a-base-and-what-starts-from-it-waits-for-its-model",
    ),
    "--retry makes the next try of what failed, once, and keeps the reason": (
        "retry-of-a-failed-job-makes-the-next-try",
        "retry-of-a-cancelled-job-after-a-lost-state",
        "retry-of-a-job-that-has-not-failed-does-nothing",
        "retry-repeated-before-it-was-made-makes-the-same-try",
        "retry-repeated-after-it-failed-again-pays-no-second-time",
        "retry-repeated-while-it-runs-pays-no-second-time",
        "retry-of-a-job-whose-model-was-deleted-does-nothing",
    ),
    "--replace pays once, however often the command is repeated until it ends well": (
        "replace-repeated-after-it-was-made-pays-no-second-time",
        "replace-repeated-before-it-was-made-makes-the-same-try",
        "replace-in-doubt-is-unsettled",
        "replace-of-an-edited-job-is-its-one-replace",
    ),
    "--replace holds for what is recorded, and not for what is imported": (
        "replace-holds-for-what-is-recorded",
        "replace-of-an-imported-job-is-refused",
    ),
    "At the endpoint's job limit the rest waits": (
        "limit-of-jobs-leaves-the-rest-waiting",
        "limit-of-jobs-counts-everybody",
        "limit-of-jobs-counts-a-create-in-doubt",
        "limit-of-jobs-counts-no-paused-job",
        "limit-of-jobs-and-a-removed-one",
        "limit-of-jobs-keeps-the-cancel-of-an-earlier-run",
        "limit-of-jobs-as-the-endpoint-said-last",
        "limit-of-jobs-as-the-endpoint-said-is-over-when-one-ended",
        "limit-of-jobs-as-the-endpoint-said-is-over-in-time",
        "limit-of-jobs-is-the-lesser-of-two",
    ),
    "Where the job limit forbids both at once: WAITING, with --cancel-first": (
        "limit-of-jobs-forbids-a-replace-beside-its-own-run",
        "limit-of-jobs-and-cancel-first",
        "limit-of-jobs-is-passed-and-cancel-first-does-not-help",
    ),
    "--cancel-first ends what runs right before it is replaced": (
        "cancel-first-of-an-edited-running-job",
        "cancel-first-of-a-finished-job-cancels-nothing",
        "cancel-first-of-a-job-of-an-unknown-status-waits",
        "cancel-first-with-replace",
    ),
    # What it costs
    "Tokens x epochs x price": ("cost-of-a-new-job",),
    "The jobs of a matrix are priced in all, too": ("cost-of-a-matrix-is-told-in-all",),
    "A range while epochs are auto, by the API's own default rule": (
        "cost-is-a-range-while-epochs-are-auto",
        "cost-is-an-estimate-where-auto-has-one-number",
    ),
    "What is not known is said, and never 0": ("cost-is-not-known-without-a-price",),
    "Calibrated by the trained tokens of finished jobs": (
        "cost-is-calibrated-by-what-finished-jobs-were-billed",
    ),
    "Over the budget of an apply, a job or a month: refused": (
        "guard-over-the-budget-of-an-apply-is-refused",
        "guard-over-the-budget-of-a-job-is-refused",
        "guard-over-the-budget-of-the-month-counts-live-jobs",
        "guard-over-the-budget-is-allowed-by-amount",
    ),
    "Unknown price and a budget: refused": ("guard-a-cost-that-is-not-known-is-within-no-budget",),
    # Drift: observed against recorded
    "Drift: failed, or cancelled outside": (
        "drift-job-failed-since",
        "drift-job-cancelled-outside-stands",
    ),
    "Drift: the model was deleted outside": (
        "drift-model-deleted-outside-stands",
        "drift-model-deleted-outside-and-told-already",
    ),
    "Drift: paused or resumed outside": (
        "drift-job-paused-outside-is-resumed",
        "drift-job-resumed-outside-is-paused-again",
    ),
    "Drift that needs nothing says so": (
        "drift-job-paused-outside-as-the-manifest-says",
        "drift-job-resumed-outside-as-the-manifest-says",
    ),
    "Drift stands apart and first, an edit stands over it": (
        "drift-of-several-kinds-stands-first",
        "drift-beside-an-edit-of-the-same-job",
        "drift-of-what-is-no-longer-declared",
    ),
    # Aliases
    "An alias is promoted once its job has succeeded, and waits while that may come": (
        "alias-of-a-new-job-waits-for-it",
        "alias-of-a-running-job-waits-for-it",
        "alias-is-promoted-once-its-job-has-succeeded",
        "alias-is-promoted-from-one-model-to-the-next",
        "alias-in-sync-needs-nothing",
        "alias-of-a-finished-job-that-is-gone-is-promoted",
    ),
    "It stays where it is while nothing usable comes": (
        "alias-of-a-failed-job-stays",
        "alias-of-a-replaced-job-keeps-the-old-model",
        "alias-of-a-paused-job-stays",
        "alias-of-a-job-of-an-unknown-status-stays",
        "alias-of-a-finished-job-that-is-gone-with-its-model-stays",
        "alias-of-a-job-whose-model-was-deleted-is-not-promoted",
        "alias-to-a-model-of-an-odd-name-is-refused",
    ),
    "Promotion only if checks pass; they are asked once for a model": (
        "checks-stand-before-a-promotion",
        "checks-of-a-running-job-are-told",
        "checks-that-passed-let-it-be-promoted",
        "checks-that-compare-hold-for-one-model-in-use",
        "checks-of-a-pin-are-not-asked",
        "guard-checks-that-ask-much-are-refused",
    ),
    "A failed check is a standing failure; what nobody could judge is asked again": (
        "checks-that-failed-stand",
        "checks-that-failed-of-a-first-model-stand",
        "checks-that-nobody-could-judge-are-asked-again",
        "checks-are-passed-over-where-a-person-says-so",
    ),
    "Retention: what is too far back is deleted; kept is the union over all aliases": (
        "retention-deletes-what-is-too-far-back",
        "retention-waits-for-the-promotion",
        "retention-keeps-what-another-alias-keeps",
        "retention-keeps-what-another-alias-needs",
        "retention-is-off-unless-it-is-set",
        "retention-deletes-nothing-of-others",
    ),
    "A pin holds over the job": (
        "alias-pinned-is-promoted",
        "alias-pinned-to-what-is-not-there-stands",
    ),
    "Alias: FORGET the pointer": ("alias-no-longer-declared-is-forgotten",),
    "Lost state: the pointer comes back from outputs; an unknown one is never promoted over": (
        "alias-comes-back-from-outputs",
        "alias-of-a-lost-state-is-not-promoted-over",
        "alias-of-a-lost-state-without-outputs-is-not-promoted-over",
        "alias-that-is-not-known-is-not-promoted-over",
        "alias-that-is-not-known-is-promoted-by-force",
        "alias-that-is-new-beside-a-lost-state-is-promoted",
    ),
    "`moved` takes an alias along": ("alias-renamed-keeps-its-model",),
    "outputs are brought up to date, and nothing else is overwritten": (
        "outputs-that-are-missing-are-written",
        "guard-outputs-of-somebody-else-are-refused",
    ),
    # Renames
    "What `moved` would save is said, with the line to write": (
        "rename-and-pin-of-a-job-would-be-saved-by-moved",
        "rename-of-a-failed-job-would-be-saved-by-moved",
        "rename-of-a-finished-job-that-is-gone-would-be-saved-by-moved",
        "rename-of-a-job-that-vanished-unfinished-would-be-saved-by-moved",
        "rename-of-a-file-without-its-marker-would-be-saved-by-moved",
    ),
    "What it would not save is not promised": (
        "rename-and-edit-hints-at-moved",
        "rename-and-edit-of-a-running-job-hints-at-moved",
        "rename-and-edit-of-a-file-has-no-hint",
        "rename-of-something-else-has-no-hint",
    ),
}

ELSEWHERE: Mapping[str, str] = {
    "A `from` of `moved` that is still declared is a manifest error": "test_manifest_lifecycle",
    "A state of another endpoint, organisation or owner is refused": "test_round",
    "At the endpoint's job limit --cancel-first is told": "test_core_doubt",
    "A model in use is guarded": "test_aliases",
    "--target and the other scopes": "test_core_scope",
    "It still refreshes status and expiry, of which nothing is shown": "test_core_diff_runs",
    "gc removes orphans once it has seen them twice": "test_core_orphans",
}
"""Rules that a plan's golden cases do not show, and where they are tested."""
