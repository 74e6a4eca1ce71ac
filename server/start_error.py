class StartError(Exception):
    """Why the process cannot start, for its operator: one line for each problem.

    The command line prints it without a traceback.
    """
