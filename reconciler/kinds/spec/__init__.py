"""The parts of a job's manifest entry: the shapes and limits of the API's create request.

Source of every limit: the API's OpenAPI description, schemas `CreateFineTuningJobRequest`,
`FineTune*Method` and `Grader*`. Where a rule is ours, the field or validator says so.
"""
