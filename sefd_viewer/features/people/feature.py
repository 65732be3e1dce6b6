"""People: everybody in the data set, with errors, findings, verdicts and tags."""

from sefd_viewer.app.derivations import Derivation
from sefd_viewer.app.feature import Feature, WorkspaceInfo, in_workspace
from sefd_viewer.features.people.results import derive as results
from sefd_viewer.features.people.results import joints, tags
from sefd_viewer.features.people.results.commands import results_commands
from sefd_viewer.features.people.review import derive as review
from sefd_viewer.features.people.review.commands import review_commands

REVIEW = Feature(
    id="review",
    order=30,
    in_view=in_workspace("review"),
    chosen=review.chosen_positions,
    commands=review_commands,
    heading="Check annotations",
    workspace=WorkspaceInfo("Review", "Rows, findings and verdicts about the annotations", "Ctrl+3"),
    view="sefd_viewer.features.people.views.review.wiring:make_review",
    derivations=(
        Derivation(review.BOOK, review.book_key, review.book_job),
        Derivation(review.OLD, review.old_key, review.old_job),
        Derivation(review.FOUND, review.found_key, review.found_job),
        Derivation(review.LINES, review.lines_key, review.lines_job),
        Derivation(review.CASE, review.case_key, review.case_job),
    ),
)
RESULTS = Feature(
    id="results",
    order=50,
    in_view=in_workspace("results"),
    uses_networks=lambda _state: True,
    commands=results_commands,
    heading="People",
    workspace=WorkspaceInfo("Results", "Methods measured over the data set: table and plots", "Ctrl+5"),
    view="sefd_viewer.features.people.views.results.workspace:Results",
    derivations=(
        Derivation(results.RUNS, results.runs_key, results.runs_job),
        Derivation(results.TABLE, results.table_key, results.table_job),
        Derivation(tags.TAGS, tags.tags_key, tags.tags_job),
        Derivation(results.LINES, results.lines_key, results.lines_job),
        Derivation(joints.JOINTS, joints.joints_key, joints.joints_job),
    ),
)
FEATURES = (REVIEW, RESULTS)
