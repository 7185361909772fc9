"""Who makes the reports of a batch: one interface, the same jobs in and the same outcomes out.

``warm`` copies a process that is ready (Linux), ``spawn`` keeps ready processes (elsewhere), ``kernel``
starts papermill and a kernel per report, ``dask`` hands them to a cluster.
"""
