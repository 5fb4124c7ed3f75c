"""The embedded API simulator: the whole fine-tuning API over HTTP, on a SQLite store.

Start it with `embedded.embed` (a thread of this process) or `serve.serve` (a program). It imports
nothing of the rest of the project: a client can reach it only as it would reach the real API.
Importing these is cheap: the server is loaded when it starts.

values      pace, timeline (what time does to a job), job, job_events, metrics, catalog, identity
requests    fields, job_request, hyperparameters, graders, grader_turns, chat_request, multipart
learning    examples, validation, trainer (losses), neighbours (answers), chat, learning (caches)
storage     store, blobs, file_rows, job_rows, model_rows, advance (write down what time brought)
answers     envelope (errors), faults, effects (what faults do), odd_shapes, routes_*
serving     routing, call, gate, listener, service, server_thread
"""
